/** Where two JSON values differ first, in words for people; `null` = nowhere. A key whose expected value is `undefined` must be absent. */
export function difference(expected: unknown, actual: unknown, path = ''): string | null {
  if (isObject(expected))
    return isObject(actual) ? differentKey(expected, actual, path) : mismatch(expected, actual, path);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return mismatch(expected, actual, path);
    for (const [at, value] of expected.entries()) {
      const found = difference(value, actual[at], `${path}[${at}]`);
      if (found !== null) return found;
    }
    return null;
  }
  return expected === actual ? null : mismatch(expected, actual, path);
}

function differentKey(expected: Record<string, unknown>, actual: Record<string, unknown>, path: string): string | null {
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const key of Object.keys(actual)) {
    if (!Object.hasOwn(expected, key) || expected[key] === undefined)
      return `${clip(below(key))} is not in our profile`;
  }
  for (const [key, value] of Object.entries(expected)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(actual, key)) return `${below(key)} is missing`;
    const found = difference(value, actual[key], below(key));
    if (found !== null) return found;
  }
  return null;
}

function mismatch(expected: unknown, actual: unknown, path: string): string {
  return `${clip(path)} must be ${clip(JSON.stringify(expected))}, not ${clip(JSON.stringify(actual) ?? 'absent')}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clip(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
