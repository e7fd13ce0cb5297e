import { describe, expect, test } from '@jest/globals';
import type { Logger } from '@gantry/core';
import { ScriptedSandboxes } from '@gantry/core/fakes';
import { Sweeper } from './sweeper.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** Has containers of these workers; a sweep removes those that are said to be gone. */
class OwnedContainers extends ScriptedSandboxes {
  owners: string[];

  constructor(owners: string[]) {
    super();
    this.owners = owners;
  }

  override sweep(isAlive: (workerId: string) => boolean): Promise<number> {
    const before = this.owners.length;
    this.owners = this.owners.filter(isAlive);
    return Promise.resolve(before - this.owners.length);
  }
}

function directoryOf(...ids: string[]): { alive: () => Promise<ReadonlySet<string>>; ids: string[] } {
  const directory = { ids, alive: () => Promise.resolve(new Set(directory.ids)) };
  return directory;
}

describe('Sweeper', () => {
  test('removes containers of a worker that is missing twice in a row', async () => {
    const sandboxes = new OwnedContainers(['here', 'gone']);
    const sweeper = new Sweeper({ sandboxes, workers: directoryOf('here'), workerId: 'me', logger: silent });
    await sweeper.round();
    expect(sandboxes.owners).toEqual(['here', 'gone']);
    await sweeper.round();
    expect(sandboxes.owners).toEqual(['here']);
  });

  test('removes containers of a process before this one that had its name', async () => {
    const sandboxes = new OwnedContainers(['me', 'here']);
    const sweeper = new Sweeper({ sandboxes, workers: directoryOf('here', 'me'), workerId: 'me', logger: silent });
    await sweeper.round();
    await sweeper.round();
    expect(sandboxes.owners).toEqual(['here']);
  });

  test('spares a worker that comes back between two looks', async () => {
    const sandboxes = new OwnedContainers(['a']);
    const workers = directoryOf();
    const sweeper = new Sweeper({ sandboxes, workers, workerId: 'me', logger: silent });
    await sweeper.round();
    workers.ids = ['a'];
    await sweeper.round();
    workers.ids = [];
    await sweeper.round();
    expect(sandboxes.owners).toEqual(['a']);
  });

  test('touches nothing while the directory does not answer', async () => {
    const sandboxes = new OwnedContainers(['a']);
    const workers = { alive: () => Promise.reject(new Error('away')) };
    const sweeper = new Sweeper({ sandboxes, workers, workerId: 'me', logger: silent });
    await expect(sweeper.round()).rejects.toThrow('away');
    await expect(sweeper.round()).rejects.toThrow('away');
    expect(sandboxes.owners).toEqual(['a']);
  });
});
