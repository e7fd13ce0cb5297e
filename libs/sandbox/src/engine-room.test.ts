import { expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import { FakeClock } from '@gantry/core/fakes';
import { EngineRoom } from './engine-room.js';
import type { SandboxRequest } from './sandbox-class.js';

const request = {
  image: 'sha256:x',
  preload: 'python',
  assignment: { executionId: 'e', attempt: 1 },
} as SandboxRequest;
const full = new AppError('sandbox_failed', 'Could not create a container: mkdir /data: no space left on device');

const ignore = (): void => undefined;
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger };

function roomOn(clock: FakeClock): { room: EngineRoom; tried: SandboxRequest[] } {
  const tried: SandboxRequest[] = [];
  const tryOnce = (asked: SandboxRequest): Promise<void> => {
    tried.push(asked);
    return Promise.reject(full);
  };
  return { room: new EngineRoom({ tryOnce, clock, logger }), tried };
}

test('an engine without room is in trouble until a container can be made, and is tried now and then', async () => {
  const clock = new FakeClock();
  const { room, tried } = roomOn(clock);
  expect(room.trouble).toBeNull();
  room.failed(full, request);
  expect(room.trouble).toContain('no space left on device');
  expect(tried).toEqual([]);
  clock.advance(2000);
  expect(room.trouble).not.toBeNull();
  expect(room.trouble).not.toBeNull();
  // Nobody's, and with nothing started in it.
  expect(tried).toEqual([{ ...request, preload: null, assignment: null }]);
  await new Promise(setImmediate);
  clock.advance(2000);
  expect(room.trouble).not.toBeNull();
  expect(tried).toHaveLength(2);
  room.made();
  expect(room.trouble).toBeNull();
});

test.each([
  new AppError('sandbox_failed', 'Could not create a container: layer does not exist'),
  new AppError('engine_unavailable', 'Could not create a container: the Docker engine does not answer'),
  new Error('no space left on device'),
])('says nothing of its room: %s', (error) => {
  const { room } = roomOn(new FakeClock());
  room.failed(error, request);
  expect(room.trouble).toBeNull();
});
