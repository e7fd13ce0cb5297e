import { splitWords } from './dockerfile-words.js';

/** What is wrong with the argument of COPY; `null` = nothing. Sources are files of the request, or directories that hold some. */
export function copyFault(argument: string, files: readonly string[]): string | null {
  const [, owner = '', rest = ''] = /^(--chown=\S+ +)?(.*)$/.exec(argument) ?? [];
  if (owner !== '' && !/^--chown=[a-z0-9_-]{1,32}(:[a-z0-9_-]{1,32})? +$/.test(owner)) {
    return 'must have --chown=user:group in plain words';
  }
  if (rest.startsWith('--')) return 'must not have options other than --chown';
  const paths = rest.startsWith('[') ? jsonWords(rest) : splitWords(rest);
  if (!paths || paths.length < 2) return 'must name sources and where they go';
  if (paths.some((path) => !/^[A-Za-z0-9_./@+ -]+$/.test(path))) {
    return 'must name plain paths: letters, digits, . _ - + @ and /';
  }
  if (paths.some((path) => path.split('/').includes('..'))) return 'must not have .. in a path';
  const unknown = paths.slice(0, -1).find((path) => !isSupplied(path, files));
  return unknown === undefined ? null : `"${unknown}" is not among files`;
}

function isSupplied(path: string, files: readonly string[]): boolean {
  const plain = path.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
  if (path.startsWith('/')) return false;
  if (plain === '' || plain === '.') return files.length > 0;
  return files.some((file) => file === plain || file.startsWith(`${plain}/`));
}

function jsonWords(text: string): string[] | null {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : null;
  } catch {
    return null;
  }
}
