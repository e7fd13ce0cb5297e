import { setTimeout as delay } from 'node:timers/promises';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, rate, timings, type Measurement } from '../measurement.js';
import { nativeProgram } from '../native.js';
import { execute } from '../rest.js';

const CLIENTS = 16;
const ROUNDS = 3;
const CHECKED = 5000;

/** Tenant sandboxes through REST against spawning the interpreter, in turns. */
export async function tenantSandboxes(environment: BenchEnvironment): Promise<Measurement[]> {
  const python = await compare(environment, {
    language: 'python',
    fileName: 'main.py',
    code: 'print("hello")',
    count: 1200,
  });
  const bash = await compare(environment, { language: 'bash', fileName: 'main.sh', code: 'echo hello', count: 1200 });
  let wrong = 0;
  let next = 0;
  await rate(CLIENTS, CHECKED, async () => {
    const number = next++;
    const { stdout } = await execute(environment.url, { language: 'python', code: `print(${number} * 7)` });
    if (stdout !== `${number * 7}\n`) wrong++;
  });
  return [
    { name: `tenant python, ${CLIENTS} clients`, value: python.rest, unit: '/s', target: null },
    {
      name: 'tenant python rate ÷ native spawn rate',
      value: python.rest / python.native,
      unit: '×',
      target: { atLeast: 1.2 },
    },
    {
      name: 'tenant python p50 of one client ÷ native spawn',
      value: python.restMs / python.nativeMs,
      unit: '×',
      target: { atMost: 0.9 },
    },
    { name: `tenant bash, ${CLIENTS} clients`, value: bash.rest, unit: '/s', target: null },
    {
      name: 'tenant bash rate ÷ native spawn rate',
      value: bash.rest / bash.native,
      unit: '×',
      target: { atLeast: 0.2 },
    },
    { name: `wrong answers in ${CHECKED}`, value: wrong, unit: '', target: { atMost: 0 } },
  ];
}

interface Program {
  language: string;
  fileName: string;
  code: string;
  count: number;
}

async function compare(
  { url }: BenchEnvironment,
  { language, fileName, code, count }: Program,
): Promise<{ rest: number; native: number; restMs: number; nativeMs: number }> {
  await using native = await nativeProgram(language, fileName, code);
  const rest = async (): Promise<void> => {
    const { stdout } = await execute(url, { language, code });
    if (stdout !== 'hello\n') throw new Error(`wrong answer: ${stdout}`);
  };
  const restMs = median(await timings(60, 20, rest));
  const nativeMs = median(await timings(40, 5, native.run));
  // The tenant's containers come up under load.
  await rate(CLIENTS, 200, rest);
  const rates = { rest: [] as number[], native: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.rest.push(await rate(CLIENTS, count / ROUNDS, rest));
    rates.native.push(await rate(CLIENTS, 200, native.run));
    await delay(500);
  }
  return { rest: median(rates.rest), native: median(rates.native), restMs, nativeMs };
}
