import { describe, expect, test } from '@jest/globals';
import type { Runtime, KnownWorker } from '@gantry/contracts';
import { knownWorker } from './fakes/index.js';
import { runtimeAvailability } from './runtime-availability.js';
import { runtimeRecipe } from './runtime-recipe.js';

const runtime = (install: Runtime['install']): Runtime => ({
  name: 'lua',
  aliases: [],
  version: '5.4',
  fileName: 'main.lua',
  extensions: ['.lua'],
  install,
  compile: null,
  run: ['lua', '{file}'],
  env: {},
  preload: null,
  packageManager: null,
  limits: {},
});
const lua = runtime({ apt: ['lua5.4'], npm: [], setup: [] });
const id = runtimeRecipe(lua)?.id ?? '';
const engine = { available: true, version: '1', images: 1, executorDigest: null, message: null };
const worker = (facts: Partial<KnownWorker> = {}): KnownWorker => knownWorker({ engine, ...facts });
const failed = (agoMs: number, message: string): Partial<KnownWorker> => ({ imageFailures: [{ id, message, agoMs }] });

describe('whether a language can be had', () => {
  test.each<[string, Runtime, KnownWorker[], object]>([
    ['needs nothing but a worker', runtime(null), [worker()], { image: 'ready', reason: null, imageId: null }],
    ['has no worker', runtime(null), [], { image: 'unavailable', imageId: null }],
    ['has a worker that drains', runtime(null), [worker({ draining: true })], { image: 'unavailable' }],
    [
      'has a worker without engine',
      lua,
      [worker({ engine: { ...engine, available: false } })],
      { image: 'unavailable' },
    ],
    ['is not made yet', lua, [worker()], { image: 'on_first_use', reason: null, imageId: id }],
    ['is made on one worker', lua, [worker(), worker({ images: [id] })], { image: 'ready' }],
    ['failed on one worker', lua, [worker(failed(1, 'x')), worker()], { image: 'on_first_use' }],
    [
      'failed on all',
      lua,
      [worker(failed(2, 'old')), worker(failed(1, 'new'))],
      { image: 'unavailable', reason: 'new' },
    ],
    ['failed on all, the later first', lua, [worker(failed(1, 'new')), worker(failed(2, 'old'))], { reason: 'new' }],
    [
      'failed on one and is made on another',
      lua,
      [worker(failed(1, 'x')), worker({ images: [id] })],
      { image: 'ready' },
    ],
  ])('when it %s', (_case, asked, workers, expected) => {
    expect(runtimeAvailability(asked, workers)).toMatchObject(expected);
  });

  test('the same definition is the same recipe, another is another', () => {
    expect(runtimeRecipe(runtime({ apt: ['lua5.4'], npm: [], setup: [] }))?.id).toBe(id);
    expect(runtimeRecipe(runtime({ apt: ['lua5.3'], npm: [], setup: [] }))?.id).not.toBe(id);
    expect(runtimeRecipe(runtime(null))).toBeNull();
  });
});
