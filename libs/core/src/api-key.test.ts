import { describe, expect, test } from '@jest/globals';
import { isApiKey, keyDigest, newApiKey } from './api-key.js';

describe('keys of the API', () => {
  test('have a form that a scanner finds, and are all different', () => {
    const keys = Array.from({ length: 500 }, newApiKey);
    for (const key of keys) {
      expect(key).toMatch(/^gk_[0-9A-Za-z]{49}$/);
      expect(isApiKey(key)).toBe(true);
    }
    expect(new Set(keys).size).toBe(500);
  });

  test('use every character of the alphabet at every place of the secret but the first', () => {
    const keys = Array.from({ length: 4000 }, newApiKey);
    for (const at of [4, 20, 45]) expect(new Set(keys.map((key) => key[at])).size).toBe(62);
  });

  test('with one character changed, swapped, missing or added are told apart', () => {
    const key = newApiKey();
    for (let i = 3; i < key.length; i++) {
      const other = key[i] === 'a' ? 'b' : 'a';
      expect(isApiKey(key.slice(0, i) + other + key.slice(i + 1))).toBe(false);
      expect(isApiKey(key.slice(0, i) + key.slice(i + 1))).toBe(false);
      const swapped = key.slice(0, i) + (key[i + 1] ?? '') + (key[i] ?? '') + key.slice(i + 2);
      if (swapped !== key) expect(isApiKey(swapped)).toBe(false);
    }
    expect(isApiKey(`${key}0`)).toBe(false);
  });

  test.each(['', 'gk_', 'key-a', ` ${newApiKey()}`, `${newApiKey()}\n`, `gk_${'é'.repeat(49)}`, 'x'.repeat(100_000)])(
    'what is none of ours is not taken for one: %#',
    (text) => {
      expect(isApiKey(text)).toBe(false);
    },
  );

  test('are stored as the SHA-256 that anybody can compute', () => {
    expect(keyDigest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
