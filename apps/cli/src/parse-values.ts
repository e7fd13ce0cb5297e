import { InvalidArgumentError } from 'commander';

/** Values of options. What the service bounds is left to the service: its ceilings are not ours to know. */

const SECONDS_PER: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600 };
const MIB_PER: Record<string, number> = { '': 1, m: 1, mb: 1, mib: 1, g: 1024, gb: 1024, gib: 1024 };

/** `90`, `90s`, `1.5m` → seconds. */
export function parseSeconds(text: string): number {
  return scaled(text, SECONDS_PER, 'Use seconds, or a number with s, m or h: 90, 90s, 1.5m.');
}

/** `90`, `90m`, `12h`, `30d` → whole seconds. */
export function parseDuration(text: string): number {
  const hint = 'Use seconds, or a number with s, m, h or d: 3600, 90m, 12h, 30d.';
  return Math.round(scaled(text, { ...SECONDS_PER, d: 86_400 }, hint));
}

/** `1000`, `500m`, `2g` → bytes. */
export function parseBytes(text: string): number {
  const hint = 'Use bytes, or a number with k, m or g: 1000000, 500m, 2g.';
  return Math.round(scaled(text, { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }, hint));
}

/** `512`, `512m`, `2g` → MiB. */
export function parseMemory(text: string): number {
  const hint = 'Use MiB, or a number with m or g: 512, 512m, 2g.';
  const mib = scaled(text, MIB_PER, hint);
  if (!Number.isInteger(mib)) throw new InvalidArgumentError(hint);
  return mib;
}

export function parseNumber(text: string): number {
  return scaled(text, { '': 1 }, 'Use a number.');
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1 on.');
  return Number(text);
}

/** `0` to `9`. */
export function parsePriority(text: string): number {
  if (!/^\d$/.test(text)) throw new InvalidArgumentError('Use a whole number from 0 to 9.');
  return Number(text);
}

export function parseRetries(text: string): number {
  if (!/^[0-3]$/.test(text)) throw new InvalidArgumentError('Use a whole number from 0 to 3.');
  return Number(text);
}

/** Collects repeated `NAME=value`; the value may hold anything, a further `=` too. */
export function parseEnv(text: string, former: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Use NAME=value.');
  return { ...former, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Collects the values of an option that may be repeated. */
export function collect(text: string, former: string[] = []): string[] {
  return [...former, text];
}

function scaled(text: string, units: Record<string, number>, hint: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)([a-z]*)$/i.exec(text.trim());
  const factor = match ? units[(match[2] ?? '').toLowerCase()] : undefined;
  if (!match || factor === undefined) throw new InvalidArgumentError(hint);
  return Number(match[1]) * factor;
}
