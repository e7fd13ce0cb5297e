/**
 * Where artifacts may lie below a directory, in their order; a sentence where one may not. Their names are what a program chose, so they can
 * neither lead out of the directory on any system nor act on a terminal that lists it, and no two are one file.
 */
export function localPaths(paths: readonly string[]): ({ parts: string[] } | { fault: string })[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const parts = path.split('/');
    if (path === '' || parts.some((part) => !isOrdinary(part))) return { fault: 'its path would lead elsewhere' };
    const plain = parts.map(withoutTricks);
    // Some file systems take a and A, or two spellings of é, for one name.
    const key = (all: readonly string[]): string => all.join('/').normalize('NFC').toLowerCase();
    const name = plain.at(-1) ?? '';
    for (let number = 2; taken.has(key(plain)); number++) plain[plain.length - 1] = `${name}~${number}`;
    taken.add(key(plain));
    return { parts: plain };
  });
}

/** Not empty and more than dots and blanks, which mean directories, or nothing at all, on some systems. */
function isOrdinary(part: string): boolean {
  return !/^[. ]*$/.test(part);
}

/** `\` and `:` part names on other systems; control characters and marks that turn the reading direction deceive who reads a list. */
function withoutTricks(part: string): string {
  return part.replace(/[\\:\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '_');
}
