import { describe, expect, test } from '@jest/globals';
import { expiredImages, type ShelfImage } from './expired-images.js';

const HOUR = 3_600_000;
const now = 100 * HOUR;
const image = (tag: string, unusedMs: number, bytes = 10): ShelfImage => ({
  tag,
  recipeId: tag,
  bytes,
  lastUsedAt: now - unusedMs,
});
const gone = (images: ShelfImage[], rules: { unusedMs: number; maxBytes: number }): string[] =>
  expiredImages(images, rules, now).map(({ tag }) => tag);

describe('of the images of an engine go', () => {
  const images = [image('new', HOUR), image('old', 3 * HOUR), image('older', 5 * HOUR), image('now', 1000)];

  test('none while they are used and fit', () => {
    expect(gone(images, { unusedMs: 6 * HOUR, maxBytes: 40 })).toEqual([]);
  });

  test('those unused for too long', () => {
    expect(gone(images, { unusedMs: 2 * HOUR, maxBytes: 1000 })).toEqual(['older', 'old']);
  });

  test('the longest unused until the rest fits', () => {
    expect(gone(images, { unusedMs: 6 * HOUR, maxBytes: 39 })).toEqual(['older']);
    expect(gone(images, { unusedMs: 6 * HOUR, maxBytes: 20 })).toEqual(['older', 'old']);
  });

  test('never one that was used just now', () => {
    expect(gone(images, { unusedMs: 0, maxBytes: 0 })).toEqual(['older', 'old', 'new']);
  });
});
