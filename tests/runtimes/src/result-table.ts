/** What was measured of one runtime; `null` = it did not come to that. */
export interface Row {
  name: string;
  version: string;
  addedBytes: number | null;
  buildMs: number | null;
  compileMs: number | null;
  coldMs: number | null;
  faults: string[];
}

const MIB = 1024 * 1024;
const HEADINGS = ['runtime', 'version', 'adds MB', 'build s', 'compile ms', 'cold ms', ''];

/** As Markdown, whose source reads as a table too. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_heading, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [heading = [], ...body] = cells;
  return [line(heading), rule, ...body.map(line)].join('\n');
}

function cellsOf(row: Row): string[] {
  const { name, version, addedBytes, buildMs, compileMs, coldMs, faults } = row;
  const inMib = (bytes: number | null): string => (bytes === null ? '' : String(Math.round(bytes / MIB)));
  const rounded = (ms: number | null): string => (ms === null ? '' : String(Math.round(ms)));
  const seconds = buildMs === null ? '' : (buildMs / 1000).toFixed(1);
  const verdict = faults.length === 0 ? 'ok' : 'FAILED';
  return [name, version, inMib(addedBytes), seconds, rounded(compileMs), rounded(coldMs), verdict];
}
