/** Texts from the service may hold what a program chose; on a terminal, control characters would act. Line ends are not kept either. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escapeCharacter);
}

/** The same for a text of several lines, which stay lines. */
export function visibleLines(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => `${visible(line.replace(/\r$/, ''))}\n`).join('');
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

export function formatSeconds(seconds: number | null): string {
  if (seconds === null) return '-';
  // Each bound is where the unit below would round up to the next one.
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.995) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '-';
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** `2026-11-23T10:00:00.123Z` as `2026-11-23 10:00:00`, in UTC like everything the service says. */
export function formatTime(time: string | null): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(time ?? '');
  return match ? `${match[1]} ${match[2]}` : visible(time ?? '-');
}

/** Rows under headings, columns as wide as needed. `paint` gets each finished cell, so that colour codes don't count as width. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (cell: string, column: number, row: number | null) => string = (cell) => cell,
): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], row: number | null): string =>
    cells
      .map((cell, column) =>
        padded(paint(cell, column, row), cell.length, column === cells.length - 1 ? 0 : (widths[column] ?? 0)),
      )
      .join('  ');
  return `${[line(headings, null), ...rows.map(line)].join('\n')}\n`;
}

function padded(text: string, length: number, width: number): string {
  return text + ' '.repeat(Math.max(0, width - length));
}
