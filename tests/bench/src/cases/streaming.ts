import { readFile } from 'node:fs/promises';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timed, type Measurement } from '../measurement.js';
import { execute } from '../rest.js';
import { follow } from '../sse.js';

const TICKS = 'import time\nfor _ in range(60):\n    print(time.time(), flush=True)\n    time.sleep(0.08)';
const OUTPUT_MB = 40;
const BIG = `import sys\nfor _ in range(${OUTPUT_MB}):\n    sys.stdout.write("x" * 1_000_000)`;
const FLOOD = 'import os\nblock = b"y" * 1_000_000\nfor _ in range(1000):\n    os.write(1, block)';
const MIB = 1024 * 1024;

/** Output on its way: how soon, how much, and what a flood costs the service. */
export async function streaming(environment: BenchEnvironment): Promise<Measurement[]> {
  const { url } = environment;
  const lags: number[] = [];
  await follow(url, { language: 'python', code: TICKS }, ({ type, data }) => {
    const now = Date.now();
    if (type !== 'stdout') return;
    for (const line of (JSON.parse(data) as { text: string }).text.trim().split('\n'))
      lags.push(now - Number(line) * 1000);
  });
  const speeds: number[] = [];
  for (let round = 0; round < 3; round++) {
    let received = 0;
    const request = { language: 'python', code: BIG, resource_limits: { max_output_bytes: 64 * MIB } };
    const ms = await timed(() =>
      follow(url, request, ({ type, data }) => {
        if (type === 'stdout') received += (JSON.parse(data) as { text: string }).text.length;
      }),
    );
    if (received !== OUTPUT_MB * 1e6) throw new Error(`${received} bytes came`);
    speeds.push((OUTPUT_MB * 1000) / ms);
  }
  const before = await residentMb(environment.pids);
  const flood = await execute(url, { language: 'python', code: FLOOD });
  const after = await residentMb(environment.pids);
  if (flood.status !== 'completed') throw new Error(`the flood ended as ${flood.status}`);
  return [
    { name: 'write in the program → event at a client, p50', value: median(lags), unit: 'ms', target: { atMost: 5 } },
    {
      name: `output of ${OUTPUT_MB} MB, program to client`,
      value: median(speeds),
      unit: 'MB/s',
      target: { atLeast: 40 },
    },
    {
      name: '1 GB of output, cap 1 MiB: growth of the service',
      value: after - before,
      unit: 'MB',
      target: { atMost: 64 },
    },
  ];
}

/** Of all these processes together. */
async function residentMb(pids: readonly number[]): Promise<number> {
  const all = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8')));
  return all.reduce((sum, status) => sum + Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024, 0);
}
