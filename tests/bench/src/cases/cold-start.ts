import { DEFAULT_LIMITS } from '@gantry/core';
import { createDockerSandboxProvider } from '@gantry/sandbox';
import { silentLogger, systemClock } from '@gantry/service';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, quantile, timed, type Measurement } from '../measurement.js';
import { execute } from '../rest.js';

const CODE = 'print("hello")';
const ROUNDS = 5;
const PER_ROUND = 12;

/** Python hello over REST against the same container made and run without the service, in turns. */
export async function coldStart(environment: BenchEnvironment): Promise<Measurement[]> {
  const sandboxes = createDockerSandboxProvider({
    socket: environment.dockerHost,
    deployment: `${environment.deployment}-bare`,
    workerId: 'bench',
    pool: { maxReady: 0, forgetAfterMs: 0 },
    logger: silentLogger,
    clock: systemClock,
  });
  const bare = (): Promise<void> => runBare(sandboxes, environment.image);
  const rest = async (): Promise<void> => {
    const { stdout } = await execute(environment.url, { language: 'python', code: CODE });
    if (stdout !== 'hello\n') throw new Error(`wrong answer: ${stdout}`);
  };
  const times: { bare: number[]; rest: number[] } = { bare: [], rest: [] };
  await bare();
  await rest();
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < PER_ROUND; i++) times.bare.push(await timed(bare));
    for (let i = 0; i < PER_ROUND; i++) times.rest.push(await timed(rest));
  }
  await sandboxes.close();
  const added = median(times.rest) - median(times.bare);
  return [
    {
      name: 'python hello, container made and run without the service, p50',
      value: median(times.bare),
      unit: 'ms',
      target: null,
    },
    { name: 'python hello over REST, p50', value: median(times.rest), unit: 'ms', target: null },
    { name: 'python hello over REST, p95', value: quantile(times.rest, 0.95), unit: 'ms', target: null },
    { name: 'what the service adds, p50', value: added, unit: 'ms', target: { atMost: 15 } },
  ];
}

async function runBare(sandboxes: ReturnType<typeof createDockerSandboxProvider>, image: string): Promise<void> {
  const signal = new AbortController().signal;
  const spec = {
    tenant: 't',
    isolation: 'default' as const,
    executionId: 'bench',
    attempt: 1,
    image,
    limits: DEFAULT_LIMITS,
    preload: null,
  };
  const sandbox = await sandboxes.acquire(spec, signal);
  const chunks: Uint8Array[] = [];
  await sandbox.run(
    {
      argv: ['python3', '/workspace/main.py'],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/workspace' },
      cwd: '/workspace',
      files: [{ path: '/workspace/main.py', content: Buffer.from(CODE), mode: 0o644 }],
      stdin: new Uint8Array(0),
      wallMs: 10_000,
      cpuMs: null,
      maxOutputBytes: 1024,
      onOutputLimit: 'truncate',
      preload: null,
    },
    { write: (_stream, bytes) => void chunks.push(bytes), gap: () => undefined },
    signal,
  );
  // The answer is there; the service answers before it removes the container too.
  void sandbox[Symbol.asyncDispose]();
  if (Buffer.concat(chunks).toString() !== 'hello\n') throw new Error('wrong answer');
}
