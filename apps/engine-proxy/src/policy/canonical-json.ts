import { forbidden } from './refusal.js';

const MAX_DEPTH = 16;

/**
 * The value of a JSON text, if the text is exactly what `JSON.stringify` writes for it. That leaves nothing to understand in two ways: no key
 * twice, no number or string in another spelling, nothing between the tokens. The engine's own reader takes the last of equal keys, and keys in
 * any case.
 */
export function canonicalJson(text: string): unknown {
  refuseDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw forbidden('the body is not JSON');
  }
  if (JSON.stringify(value) === text) return value;
  throw forbidden(
    'the body is not JSON as JSON.stringify writes it: it has a key twice, spaces, or another spelling of a value',
  );
}

/** Deep nesting parses, and then exhausts whoever walks it. */
function refuseDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > MAX_DEPTH) throw forbidden(`the body is nested deeper than ${MAX_DEPTH}`);
    } else if (character === '}' || character === ']') depth -= 1;
  }
}
