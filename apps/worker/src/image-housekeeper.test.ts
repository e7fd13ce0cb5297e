import { beforeEach, expect, test } from '@jest/globals';
import { AppError, type Recipe } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import { FakeClock, MemoryImageStore, ScriptedImageBuilder } from '@gantry/core/fakes';
import { ImageHousekeeper } from './image-housekeeper.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const recipe: Recipe = { schema: 1, base: null, runtimes: [], layers: [], env: {}, dockerfile: null };
const watcher = { line: () => undefined, progress: () => undefined };

let images: MemoryImageStore;
let builder: ScriptedImageBuilder;
let housekeeper: ImageHousekeeper;
const isRuntime = (id: string): boolean => id === 'ours';
beforeEach(async () => {
  images = new MemoryImageStore(new FakeClock());
  builder = new ScriptedImageBuilder();
  housekeeper = new ImageHousekeeper({
    images,
    builder,
    isRuntime,
    rules: { unusedMs: 1, maxBytes: 1 },
    logger: silent,
  });
  await images.put('t', 'a', recipe);
  await images.onForgotten((id) => housekeeper.forgotten(id));
  await builder.ensure('a', recipe, watcher, new AbortController().signal);
});

test('removes an image once nobody knows it', async () => {
  await images.put('other', 'a', recipe);
  await images.forget('t', 'a');
  await housekeeper.removeForgotten();
  expect(builder.removed).toEqual([]);
  await images.forget('other', 'a');
  await housekeeper.removeForgotten();
  expect(builder.removed).toEqual(['a']);
});

test('removes it later while a container uses it', async () => {
  const remove = builder.remove.bind(builder);
  builder.remove = () => Promise.reject(new AppError('image_in_use', 'busy'));
  await images.forget('t', 'a');
  await housekeeper.removeForgotten();
  expect(builder.ready()).toEqual(['a']);
  builder.remove = remove;
  await housekeeper.removeForgotten();
  expect(builder.removed).toEqual(['a']);
});

test('leaves it when somebody has ordered it again meanwhile', async () => {
  const remove = builder.remove.bind(builder);
  builder.remove = () => Promise.reject(new AppError('image_in_use', 'busy'));
  await images.forget('t', 'a');
  await housekeeper.removeForgotten();
  await images.put('t', 'a', recipe);
  builder.remove = remove;
  await housekeeper.removeForgotten();
  await housekeeper.removeForgotten();
  expect(builder.removed).toEqual([]);
});

test('leaves an image that a language runs on', async () => {
  await images.put('t', 'ours', recipe);
  await builder.ensure('ours', recipe, watcher, new AbortController().signal);
  await images.forget('t', 'ours');
  await housekeeper.removeForgotten();
  expect(builder.removed).toEqual([]);
});
