/** The value of a JSON text, or `undefined` (which no JSON text stands for) when it is none. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
