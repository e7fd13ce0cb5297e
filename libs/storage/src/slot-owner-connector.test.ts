import { describe, expect, test } from '@jest/globals';
import { ownerOf } from './slot-owner-connector.js';

const asked = { host: 'seed', port: 1 };

describe('the owner of a slot', () => {
  test('is the first node of the range, and all others are known from then on', () => {
    const found = ownerOf(
      5000,
      [
        [0, 4999, ['a', 1, 'id1'], ['b', 2, 'id2']],
        [5000, 5000, ['c', 3, 'id3']],
      ],
      asked,
    );
    expect(found.owner).toEqual({ host: 'c', port: 3 });
    expect(found.nodes).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
      { host: 'c', port: 3 },
    ]);
  });

  test.each([null, '', '?'])('without an address of its own (%p) is where it was asked', (host) => {
    expect(ownerOf(1, [[0, 16_383, [host, 7000]]], asked).owner).toEqual({ host: 'seed', port: 7000 });
  });

  test('is nobody where the Cluster has a hole', () => {
    expect(() => ownerOf(9, [[10, 16_383, ['a', 1]]], asked)).toThrow(/nobody/);
  });
});
