import { setMaxListeners } from 'node:events';
import { DEFAULT_LIMITS } from '@gantry/core';
import { createDockerSandboxProvider } from '@gantry/sandbox';
import { silentLogger, systemClock } from '@gantry/service';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, quantile, rate, timed, type Measurement } from '../measurement.js';
import { execute } from '../rest.js';

const ROUNDS = 3;
const PER_ROUND = 60;
const CLIENTS = 8;
const BURST = 50;

/** As many executions as go, each in a container of its own, against the engine making and removing the same containers. */
export async function sustained(environment: BenchEnvironment): Promise<Measurement[]> {
  const sandboxes = createDockerSandboxProvider({
    socket: environment.dockerHost,
    deployment: `${environment.deployment}-bare`,
    workerId: 'bench',
    pool: { maxReady: 0, forgetAfterMs: 0 },
    logger: silentLogger,
    clock: systemClock,
  });
  const signal = new AbortController().signal;
  setMaxListeners(0, signal);
  const spec = {
    tenant: 't',
    isolation: 'default' as const,
    executionId: 'bench',
    attempt: 1,
    image: environment.image,
    limits: DEFAULT_LIMITS,
    preload: null,
  };
  const bare = async (): Promise<void> => {
    const sandbox = await sandboxes.acquire(spec, signal);
    await sandbox[Symbol.asyncDispose]();
  };
  const rest = async (): Promise<void> => {
    const { stdout } = await execute(environment.url, { language: 'python', code: 'print("hello")' });
    if (stdout !== 'hello\n') throw new Error(`wrong answer: ${stdout}`);
  };
  const rates = { bare: [] as number[], rest: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.bare.push(await rate(4, PER_ROUND, bare));
    rates.rest.push(await rate(CLIENTS, PER_ROUND, rest));
  }
  await sandboxes.close();
  const perSecond = median(rates.rest);
  const burst = await Promise.all(Array.from({ length: BURST }, () => timed(rest)));
  return [
    { name: 'engine alone: containers made and removed', value: median(rates.bare), unit: '/s', target: null },
    { name: `one-use executions over REST, ${CLIENTS} clients`, value: perSecond, unit: '/s', target: null },
    { name: 'executions ÷ engine alone', value: perSecond / median(rates.bare), unit: '×', target: { atLeast: 0.9 } },
    {
      name: `burst of ${BURST}: p95 ÷ (${BURST} ÷ sustained rate)`,
      value: quantile(burst, 0.95) / 1000 / (BURST / perSecond),
      unit: '×',
      target: { atMost: 1.3 },
    },
  ];
}
