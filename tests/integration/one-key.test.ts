import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import { submitExecution, type ExecutionOrder, type SubmitDeps } from '@gantry/core';
import { BullmqJobQueue } from '@gantry/queue';
import {
  connectRedis,
  EXECUTIONS,
  RedisBlobStore,
  RedisJobStore,
  RedisTenantStorage,
  RedisUsageStore,
  type Redis,
} from '@gantry/storage';
import { freshDeployment, sampleRequest } from '../support/executions.js';
import { RedisServer } from '../support/redis-server.js';
import { ScriptedService } from '../support/scripted-service.js';

/** As a gateway's. */
const ACCEPT_WITHIN_MS = 1500;
const FILE_BYTES = 50_000;

interface Gateway extends AsyncDisposable {
  deps: SubmitDeps;
  redis: Redis;
}

describe('many requests with one idempotency key, at two gateways', () => {
  const deployment = freshDeployment();
  let directory: string;
  let server: RedisServer;
  let gateways: Gateway[];
  /** Done once, when the next call of `at` is on its way. */
  let fault: { at: 'accept' | 'put'; happens: () => void } | null = null;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'gantry-one-key-'));
    server = await RedisServer.start(directory);
    gateways = await Promise.all([openGateway(), openGateway()]);
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  function faulty<T extends object>(ports: T): T {
    return new Proxy(ports, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const answer: unknown = value.apply(target, args);
          if (fault?.at === name) {
            fault.happens();
            fault = null;
          }
          return answer;
        };
      },
    });
  }

  async function openGateway(): Promise<Gateway> {
    const connect = (role: 'answering' | 'transferring'): Promise<Redis> =>
      connectRedis({ url: server.url, deployment, role, name: 'test', onOutage: () => undefined });
    const [redis, transfers] = await Promise.all([connect('answering'), connect('transferring')]);
    const { deps } = new ScriptedService(() => undefined);
    const queue = new BullmqJobQueue({ redis, deployment, queue: 'execution' });
    return {
      redis,
      deps: {
        ...deps,
        store: faulty(new RedisJobStore({ family: EXECUTIONS, redis, deployment, retentionMs: 60_000 })),
        storage: new RedisTenantStorage({ redis, deployment }),
        blobs: faulty(new RedisBlobStore({ redis: transfers, deployment, maxBytes: 1e9 })),
        queue,
        rules: {
          ...deps.rules,
          maxQueued: 1000,
          maxQueuedPerTenant: 1000,
          acceptWithinMs: ACCEPT_WITHIN_MS,
          inputFiles: { maxFiles: 10, maxBytes: 10_000_000, keepMs: 600_000 },
        },
      },
      [Symbol.asyncDispose]: async () => {
        await queue.close();
        redis.disconnect();
        transfers.disconnect();
      },
    };
  }

  /** There is room for one, and not for two. */
  const order = (tenant: string, idempotencyKey: string): ExecutionOrder => ({
    ...sampleRequest(),
    tenant,
    language: 'python',
    limits: {},
    files: [{ path: 'a', mode: 0o644, source: { content: Buffer.alloc(FILE_BYTES, idempotencyKey) } }],
    cache: false,
    idempotencyKey,
    caps: { maxRunning: null, maxQueued: null, cpuMsPerDay: null, storageBytes: 1.5 * FILE_BYTES },
  });

  /** As a client: repeats until it is told an id. */
  async function insist(deps: SubmitDeps, what: ExecutionOrder): Promise<{ id: string; refusals: string[] }> {
    const refusals: string[] = [];
    for (;;) {
      try {
        return { id: (await submitExecution(deps, what)).id, refusals };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refusals.push(error.code);
        if (refusals.length > 20) throw error;
      }
      await delay(100);
    }
  }
  async function round(tenant: string, count = 50): Promise<{ ids: Set<string>; refusals: string[] }> {
    const what = order(tenant, tenant);
    const answers = await Promise.all(
      Array.from({ length: count }, (_, i) => insist((gateways[i % 2] as Gateway).deps, what)),
    );
    return { ids: new Set(answers.map(({ id }) => id)), refusals: answers.flatMap(({ refusals }) => refusals) };
  }
  async function accepted(tenant: string): Promise<string[]> {
    const { store } = (gateways[0] as Gateway).deps;
    const { records } = await store.list(tenant, { limit: 100, cursor: null, status: null });
    return records.map(({ id }) => id);
  }
  function spin(ms: number): void {
    const until = performance.now() + ms;
    while (performance.now() < until);
  }
  function halt(ms: number): void {
    server.signal('SIGSTOP');
    setTimeout(() => server.signal('SIGCONT'), ms);
  }
  const taken = async (tenant: string): Promise<number> =>
    (await new RedisUsageStore({ redis: (gateways[0] as Gateway).redis, deployment }).read(tenant)).storage.keptBytes;

  test('are told the same execution, and none is refused', async () => {
    for (let i = 0; i < 3; i++) {
      const { ids, refusals } = await round(`calm${i}`);
      expect(refusals).toEqual([]);
      expect([...ids]).toEqual(await accepted(`calm${i}`));
      expect(await taken(`calm${i}`)).toBe(FILE_BYTES);
    }
  });

  test('are told the same execution when the gateways have no processor in the middle, and none is refused', async () => {
    // Longer than an answer may take, which is there by then; and longer than an offer stands.
    for (const [at, ms] of [['accept', 1300] as const, ['put', 1700] as const]) {
      fault = { at, happens: () => spin(ms) };
      const { ids, refusals } = await round(`starved-${at}`);
      expect(fault).toBeNull();
      expect(refusals).toEqual([]);
      expect([...ids]).toEqual(await accepted(`starved-${at}`));
      expect(await taken(`starved-${at}`)).toBe(FILE_BYTES);
    }
  });

  test('are told the same execution or to try again when Redis stands still in the middle, and it is one', async () => {
    for (const [at, ms] of [['accept', 2500] as const, ['put', 1700] as const]) {
      fault = { at, happens: () => halt(ms) };
      const { ids, refusals } = await round(`halted-${at}`);
      expect(refusals.filter((code) => code !== 'redis_unavailable')).toEqual([]);
      expect([...ids]).toEqual(await accepted(`halted-${at}`));
      expect(await taken(`halted-${at}`)).toBe(FILE_BYTES);
    }
  });
});
