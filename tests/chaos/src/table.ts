/** Columns as wide as they must be; numbers to the right. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => fitted(cell, widths[column] ?? 0, row === rows[0]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function fitted(cell: string, width: number, isHead: boolean): string {
  return !isHead && /^[\d.]+( \/ [\d.]+)*$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
}
