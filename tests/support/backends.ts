/** Rows of a suite that runs against several adapters; those on Redis alone where a suite runs on one more kind of Redis. */
export function backends<Row extends readonly [name: string, ...rest: unknown[]]>(rows: readonly Row[]): Row[] {
  return rows.filter(([name]) => process.env['ONLY_ON_REDIS'] === undefined || name.endsWith('Redis'));
}
