import { expect, test } from '@jest/globals';
import { localPaths } from './local-paths.js';

const placeOf = (path: string): string | null => {
  const [place] = localPaths([path]);
  return place && 'parts' in place ? place.parts.join('/') : null;
};

test.each([
  ['out/a.txt', 'out/a.txt'],
  ['.hidden/...x', '.hidden/...x'],
  ['a\\..\\..\\b', 'a_.._.._b'],
  ['C:/Windows', 'C_/Windows'],
  ['a\nb\u001b[2Jc\u202e', 'a_b_[2Jc_'],
])('%j lies at %j', (path, expected) => {
  expect(placeOf(path)).toBe(expected);
});

test.each(['', '.', '..', '/etc/passwd', 'a/../../b', 'a//b', 'a/', './a', 'a/.. /b', '...', 'a/. .'])(
  '%j lies nowhere',
  (path) => {
    expect(placeOf(path)).toBeNull();
  },
);

test('no two lie at one place, on no file system', () => {
  const places = localPaths(['a', 'A', 'a\n', 'a\r', 'a_', 'e\u0301', '\u00e9']);
  const names = places.map((place) => ('parts' in place ? place.parts.join('/') : ''));
  expect(names).toEqual(['a', 'A~2', 'a_', 'a_~2', 'a_~3', 'e\u0301', '\u00e9~2']);
});
