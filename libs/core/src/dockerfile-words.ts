/** Words parted by blanks outside quotes, as Dockerfiles part them; `null` when a quote stays open. */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const sign = text[i] as string;
    if (sign === '\\' && quote !== "'") {
      word += sign + (text[++i] ?? '');
      continue;
    }
    if (quote === '' && sign === ' ') {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    if (sign === quote) quote = '';
    else if (quote === '' && (sign === '"' || sign === "'")) quote = sign;
    word += sign;
  }
  if (quote !== '') return null;
  return word === '' ? words : [...words, word];
}

/**
 * The names that `ENV a=1 b="2 3"`, `ENV a 1` or `ARG a` set; `null` when it is none of these.
 * @param bare whether a name may stand alone
 */
export function environmentNames(argument: string, bare: boolean): string[] | null {
  const words = splitWords(argument);
  if (words === null || words.length === 0) return null;
  const names: string[] = [];
  for (const word of words) {
    const [, name, sign] = /^([A-Za-z_][A-Za-z0-9_]*)(=|$)/.exec(word) ?? [];
    if (name === undefined) return null;
    if (sign === '' && !bare) {
      // The old form: one name, and all that follows is its value.
      return names.length === 0 && words.length > 1 ? [name] : null;
    }
    names.push(name);
  }
  return names;
}

/** The names and values that such an ENV sets, after the values that were set before it: quotes are taken off, `$name` is filled in. */
export function environmentPairs(argument: string, before: Readonly<Record<string, string>>): [string, string][] {
  const old = /^([A-Za-z_][A-Za-z0-9_]*) +(.*)$/.exec(argument);
  const words = old ? [`${old[1]}=${old[2]}`] : (splitWords(argument) ?? []);
  return words.map((word) => {
    const at = word.indexOf('=');
    return [word.slice(0, at), plainValue(word.slice(at + 1), before)];
  });
}

function valueOf(variables: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(variables, name) ? (variables[name] ?? '') : '';
}

function plainValue(text: string, before: Readonly<Record<string, string>>): string {
  const parts = /'(?<quoted>[^']*)'|\\(?<escaped>.)|"|\$(?:(?<name>[A-Za-z_]\w*)|\{(?<braced>[A-Za-z_]\w*)\})/g;
  let value = '';
  let at = 0;
  for (const match of text.matchAll(parts)) {
    const { quoted, escaped, name, braced } = match.groups ?? {};
    value += text.slice(at, match.index) + (quoted ?? escaped ?? valueOf(before, name ?? braced ?? ''));
    at = match.index + match[0].length;
  }
  return value + text.slice(at);
}
