import { describe, expect, test } from '@jest/globals';
import { contentBytes, contentFault, fileNameFault, isBase64, pathFault } from './file-rules.js';
import { InputFile } from './input-file.js';

describe('names of files', () => {
  test.each([
    'main.py',
    '.hidden',
    'a b.txt',
    'naïve “q”.md',
    'שלום.txt',
    'семь',
    '👩‍💻.js',
    'a..b',
    '-rf',
    "it's",
    'x'.repeat(255),
  ])('%j is a name', (name) => expect(fileNameFault(name)).toBeNull());

  test.each([
    ['', 'must not be empty'],
    ['.', 'must not be . or ..'],
    ['..', 'must not be . or ..'],
    ['../etc/passwd', 'must be a name without / and \\'],
    ['..\\x', 'must be a name without / and \\'],
    ['a\u0000b', 'must not contain control characters'],
    ['a\nb', 'must not contain control characters'],
    ['a\u0085b', 'must not contain control characters'],
    ['photo\u202egnp.exe', 'must not contain characters that change the reading direction'],
    ['half \ud800', 'must be valid Unicode'],
    ['x'.repeat(256), 'must have at most 255 bytes'],
    ['é'.repeat(128), 'must have at most 255 bytes'],
  ])('%j is none', (name, fault) => expect(fileNameFault(name)).toBe(fault));
});

describe('paths of input files', () => {
  test.each(['a', 'a/b/c.txt', '.env', 'a b/ü', Array(32).fill('d').join('/')])('%j is taken', (path) =>
    expect(pathFault(path)).toBeNull(),
  );

  test.each([
    ['', 'must not be empty'],
    ['/etc/passwd', 'must be relative to working_directory'],
    ['../a', 'has a name that must not be . or ..'],
    ['a/../b', 'has a name that must not be . or ..'],
    ['a/./b', 'has a name that must not be . or ..'],
    ['a//b', 'has a name that must not be empty'],
    ['a/', 'has a name that must not be empty'],
    ['a/b\u0000', 'has a name that must not contain control characters'],
    [`a/${'x'.repeat(256)}`, 'has a name that must have at most 255 bytes'],
    [Array(33).fill('d').join('/'), 'must be at most 32 names deep'],
    [Array(6).fill('x'.repeat(200)).join('/'), 'must have at most 1024 bytes'],
  ])('%j is refused', (path, fault) => expect(pathFault(path)).toBe(fault));
});

describe('content', () => {
  test.each(['', 'AA==', 'AAA=', 'AAAA', '+/+/', 'QUJD'])('%j is base64', (text) => expect(isBase64(text)).toBe(true));

  test.each(['A', 'AA', 'AAA', 'AA=A', '====', 'AAAA=', 'AA= =', ' AAAA', 'AAAA\n', 'AA-_', 'AAAA====', 'é==='])(
    '%j is not',
    (text) => expect(isBase64(text)).toBe(false),
  );

  test('megabytes of base64 are looked at in linear time', () => {
    const text = Buffer.alloc(6 * 1024 * 1024, 7).toString('base64');
    expect(isBase64(text)).toBe(true);
    expect(isBase64(`${text.slice(0, -1)}!`)).toBe(false);
  });

  test('text must have an encoding in UTF-8', () => {
    expect(contentFault('\udc00', 'utf-8')).toMatch('must be valid Unicode');
    expect(contentFault('😀', 'utf-8')).toBeNull();
    expect(contentBytes('😀', 'utf8')).toEqual(Buffer.from('😀'));
    expect(contentBytes('/+8=', 'base64')).toEqual(Buffer.from([0xff, 0xef]));
  });
});

describe('an input file', () => {
  const faults = (file: unknown): [string, string][] =>
    InputFile.safeParse(file).error?.issues.map((issue) => [issue.path.join('.'), issue.message]) ?? [];

  test('is text at a path, readable by all, unless it says otherwise', () => {
    expect(InputFile.parse({ path: 'a', content: '' })).toEqual({
      path: 'a',
      content: '',
      encoding: 'utf-8',
      mode: '0644',
    });
  });

  test.each([
    [{ path: 'a' }, 'content', 'must be given, or file_id'],
    [{ path: 'a', content: null, file_id: null }, 'content', 'must be given, or file_id'],
    [{ path: 'a', content: 'x', encoding: 'base64' }, 'content', 'must be base64'],
    [
      { path: 'a', content: '', file_id: `file_${'0'.repeat(26)}` },
      'content',
      'must not be given together with file_id',
    ],
    [{ path: 'a', file_id: 'exec_1' }, 'file_id', 'must be a file id'],
    [{ path: 'a', content: '', mode: '4755' }, 'mode', 'must be permission bits'],
    [{ path: 'a', content: '', mode: '0o644' }, 'mode', 'must be permission bits'],
    [{ path: 'a', content: '', mode: '888' }, 'mode', 'must be permission bits'],
    [{ path: '..', content: '' }, 'path', 'must not be . or ..'],
  ])('%j is refused', (file, path, message) => {
    expect(faults(file)).toEqual([[path, expect.stringContaining(message)]]);
  });
});
