import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { contextStream } from './build-context.js';

const CHUNK = Buffer.alloc(64 * 1024);

describe('a build context', () => {
  test('that nobody reads to its end lets go of the blob', async () => {
    let closed = (): void => undefined;
    const letGo = new Promise<void>((resolve) => (closed = resolve));
    let given = 0;
    async function* readBlob(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          given += 1;
          yield CHUNK;
        }
      } finally {
        closed();
      }
    }
    const files = [{ path: 'big', sha256: 'a'.repeat(64), size: 1e9, mode: 0o644 }];
    const context = contextStream({ dockerfile: 'FROM x\n', certificates: [], files, readBlob });
    await once(context, 'readable');
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toBeGreaterThan(0);
    context.destroy();
    await letGo;
    expect(given).toBeLessThan(100);
  });

  test.each([0, 1000, 20_000, 65_536, 300_000, 5_000_000])('has files of %s bytes', async (size) => {
    async function* readBlob(): AsyncGenerator<Uint8Array> {
      for (let left = size; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
    }
    const files = [
      { path: 'a', sha256: 'a'.repeat(64), size, mode: 0o644 },
      { path: 'b', sha256: 'a'.repeat(64), size, mode: 0o644 },
    ];
    let bytes = 0;
    const context = contextStream({ dockerfile: 'FROM x\n', certificates: [], files, readBlob });
    for await (const piece of context) bytes += (piece as Buffer).length;
    expect(bytes).toBeGreaterThan(2 * size);
  });

  test('fails when a blob is shorter than it was', async () => {
    async function* readBlob(): AsyncGenerator<Uint8Array> {
      yield CHUNK;
    }
    const files = [{ path: 'short', sha256: 'a'.repeat(64), size: CHUNK.length + 1, mode: 0o644 }];
    const context = contextStream({ dockerfile: 'FROM x\n', certificates: [], files, readBlob });
    context.resume();
    await expect(once(context, 'end')).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
