import { setTimeout as delay } from 'node:timers/promises';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timed, type Measurement } from '../measurement.js';
import { execute } from '../rest.js';

const FILES = 10;
const ROUNDS = 40;
/** A ready sandbox has to be made again before the next request. */
const PAUSE_MS = 400;
const LARGE_BYTES = 10_000_000;

const PROGRAM = {
  language: 'python',
  code: `import os\nos.mkdir("out")\nfor n in range(${FILES}): open(f"out/{n}.txt", "w").write("x" * 1000)`,
};
const LARGE = { language: 'python', code: `import os\nopen("large", "wb").write(os.urandom(${LARGE_BYTES}))` };

/** The same program with and without its files being collected, in turns; and a large file, from its end to the client. */
export async function artifacts(environment: BenchEnvironment): Promise<Measurement[]> {
  const times = { without: [] as number[], with: [] as number[], large: [] as number[], largeWithout: [] as number[] };
  const run = async (body: Record<string, unknown>, wanted: number): Promise<string | null> => {
    const { artifacts: found, status } = await execute(environment.url, body);
    if (status !== 'completed' || found.length !== wanted) throw new Error(`${status}, ${found.length} artifacts`);
    return found[0]?.url ?? null;
  };
  const fetchLarge = async (): Promise<void> => {
    const url = await run({ ...LARGE, artifacts: ['large'] }, 1);
    const bytes = await (await fetch(environment.url + (url ?? ''))).arrayBuffer();
    if (bytes.byteLength !== LARGE_BYTES) throw new Error(`${bytes.byteLength} bytes came back`);
  };
  for (let round = -3; round < ROUNDS; round++) {
    await delay(PAUSE_MS);
    const without = await timed(() => run(PROGRAM, 0));
    await delay(PAUSE_MS);
    const collected = await timed(() => run({ ...PROGRAM, artifacts: ['out/*'] }, FILES));
    if (round < 0) continue;
    times.without.push(without);
    times.with.push(collected);
  }
  for (let round = 0; round < 7; round++) {
    await delay(PAUSE_MS);
    times.largeWithout.push(await timed(() => run(LARGE, 0)));
    await delay(PAUSE_MS);
    times.large.push(await timed(fetchLarge));
  }
  const extraMs = median(times.with) - median(times.without);
  const largeMs = median(times.large) - median(times.largeWithout);
  return [
    { name: `python that writes ${FILES} files, p50`, value: median(times.without), unit: 'ms', target: null },
    { name: `collecting ${FILES} small files, added to p50`, value: extraMs, unit: 'ms', target: { atMost: 10 } },
    {
      name: '10 MB file out of the sandbox and to the client',
      value: LARGE_BYTES / 1e6 / (largeMs / 1000),
      unit: 'MB/s',
      target: null,
    },
  ];
}
