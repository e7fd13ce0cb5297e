import { setTimeout as delay } from 'node:timers/promises';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timed, timings, type Measurement } from '../measurement.js';
import { nativeProgram, spawned } from '../native.js';
import { execute } from '../rest.js';

const PROGRAMS = {
  python: { fileName: 'main.py', code: 'print("hello")' },
  node: { fileName: 'main.js', code: 'console.log("hello")' },
  bash: { fileName: 'main.sh', code: 'echo hello' },
} as const;
type Language = keyof typeof PROGRAMS;

const ROUNDS = 4;
const PER_ROUND = 10;
/** A ready sandbox has to be made again before the next request; the native spawn comes after the same pause, from an equally idle machine. */
const PAUSE_MS = 400;

/** Hello over REST, answered by a ready sandbox, against spawning the interpreter, in turns. */
export async function warmStart(environment: BenchEnvironment): Promise<Measurement[]> {
  const python = await compare(environment, 'python');
  const node = await compare(environment, 'node');
  const bash = await compare(environment, 'bash');
  const dockerRun = median(await timings(7, 1, () => dockerRunHello(environment)));
  const bare = median(
    await timings(200, 50, () => fetch(`${environment.url}/healthz`).then((answer) => answer.text())),
  );
  const row = (name: string, value: number, unit: string, target: Measurement['target'] = null): Measurement => ({
    name,
    value,
    unit,
    target,
  });
  return [
    row('python hello, native spawn, p50', python.native, 'ms'),
    row('python hello over REST, warm, p50', python.rest, 'ms'),
    row('python over REST ÷ native spawn', python.rest / python.native, '×', { atMost: 1.2 }),
    row('docker run --rm python ÷ python over REST', dockerRun / python.rest, '×', { atLeast: 12 }),
    row('node hello, native spawn, p50', node.native, 'ms'),
    row('node hello over REST, warm, p50', node.rest, 'ms'),
    row('node over REST ÷ native spawn', node.rest / node.native, '×', { atMost: 0.9 }),
    row('bash hello over REST, warm, p50', bash.rest, 'ms'),
    row('bash over REST − bare HTTP round trip', bash.rest - bare, 'ms', { atMost: 12 }),
    row('requests answered by a ready sandbox', (python.warm + node.warm + bash.warm) / 3, 'share', { atLeast: 0.95 }),
  ];
}

async function compare(
  environment: BenchEnvironment,
  language: Language,
): Promise<{ native: number; rest: number; warm: number }> {
  const { fileName, code } = PROGRAMS[language];
  await using native = await nativeProgram(language, fileName, code);
  let warm = 0;
  const rest = async (): Promise<void> => {
    const { stdout, sandbox } = await execute(environment.url, { language, code });
    if (stdout !== 'hello\n') throw new Error(`wrong answer: ${stdout}`);
    if (sandbox === 'warm') warm++;
  };
  for (let i = 0; i < 3; i++) await rest().then(() => delay(PAUSE_MS));
  warm = 0;
  const times = { native: [] as number[], rest: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < PER_ROUND; i++) {
      await delay(PAUSE_MS);
      times.native.push(await timed(native.run));
      await delay(PAUSE_MS);
      times.rest.push(await timed(rest));
    }
  }
  return { native: median(times.native), rest: median(times.rest), warm: warm / times.rest.length };
}

function dockerRunHello({ dockerHost, image }: BenchEnvironment): Promise<void> {
  const program = ['--entrypoint', 'python3', image, '-c', PROGRAMS.python.code];
  return spawned('docker', ['--host', dockerHost, 'run', '--rm', '--network', 'none', ...program]);
}
