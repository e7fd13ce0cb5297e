import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runChaos } from '../chaos/src/run-chaos.js';
import { toText } from '../chaos/src/report.js';
import { dockerHost, executorImage } from '../support/requirements.js';

// `npm run chaos` does the same for longer, and with more kinds of faults.
const SEED = 'short';

test('whatever is killed, stopped or cut off: nothing is lost, nothing runs twice, nothing untrue is told', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gantry-chaos-test-'));
  const report = await runChaos({
    seed: SEED,
    executions: 150,
    faults: 9,
    rate: 4,
    length: 'short',
    dockerHost: dockerHost(),
    executorImage: executorImage(),
    directory,
    say: () => undefined,
  });
  // The history stays where it is when it is needed.
  if (!report.clean) throw new Error(`${toText(report)}\nThe history is in ${directory}`);
  expect(report.counts).toMatchObject({ submitted: 150, faults: 9 });
  expect(report.counts.acknowledged).toBeGreaterThan(75);
  expect(report.damage.recovery.victims?.max ?? 0).toBeLessThan(20_000);
  await rm(directory, { recursive: true, force: true });
}, 180_000);
