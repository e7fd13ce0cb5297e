import { expect, test } from '@jest/globals';
import { AppError, type Recipe } from '@gantry/contracts';
import { FakeClock, ScriptedImageBuilder } from '@gantry/core/fakes';
import { ImageFailures } from './image-failures.js';

const watcher = { line: () => undefined, progress: () => undefined };
const recipe: Recipe = { schema: 1, base: null, runtimes: [], layers: [], env: {}, dockerfile: null };
const never = new AbortController().signal;

test('remembers what could not be made, until it can or some time has passed', async () => {
  const clock = new FakeClock();
  let error: Error | null = new AppError('build_failed', `no such package ${'x'.repeat(1000)}`);
  const failures = new ImageFailures(clock);
  const builder = failures.observe(
    new ScriptedImageBuilder(() => {
      if (error) throw error;
    }),
  );
  const build = (id: string): Promise<unknown> =>
    builder.ensure(id, recipe, watcher, never).catch((thrown: unknown) => thrown);
  expect(await build('a')).toBe(error);
  clock.advance(1000);
  expect(failures.list()).toMatchObject([{ id: 'a', agoMs: 1000 }]);
  expect(failures.list()[0]?.message).toHaveLength(500);
  error = new AppError('engine_unavailable', 'away');
  await build('b');
  expect(failures.list().map(({ id }) => id)).toEqual(['a']);
  error = new AppError('base_unavailable', 'no base');
  await build('b');
  clock.advance(500_000);
  expect(failures.list().map(({ id }) => id)).toEqual(['a', 'b']);
  error = null;
  await build('a');
  expect(failures.list().map(({ id }) => id)).toEqual(['b']);
  clock.advance(200_000);
  expect(failures.list()).toEqual([]);
});

test('remembers the newest only, of very many', async () => {
  const failures = new ImageFailures(new FakeClock());
  const builder = failures.observe(
    new ScriptedImageBuilder(() => {
      throw new AppError('build_failed', 'no');
    }),
  );
  for (let i = 0; i < 60; i++) await builder.ensure(`r${i}`, recipe, watcher, never).catch(() => undefined);
  expect(failures.list().map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => `r${i + 10}`));
});
