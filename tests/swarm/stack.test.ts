import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HealthView } from '@gantry/contracts';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { NamespacedEngine } from '../support/namespaced-engine.js';
import { ROOT } from '../support/process.js';
import { dockerHost, executorImage } from '../support/requirements.js';

const run = promisify(execFile);
const STACK = 'gantry';

describe('the stack on a swarm', () => {
  let engine: NamespacedEngine;
  let operate: (script: 'deploy' | 'remove', env?: Record<string, string>) => Promise<string>;
  let api: Api;
  let address: string;
  const replicas = async (): Promise<string[]> =>
    (await engine.client(['service', 'ls', '--format', '{{.Name}} {{.Replicas}}']))
      .split('\n')
      .filter((line) => !line.startsWith(`${STACK}_executor `))
      .sort();
  const workers = async (): Promise<number> => (await api.call<HealthView>('GET', '/health')).body.workers;

  beforeAll(async () => {
    engine = await NamespacedEngine.start();
    const images = ['gateway', 'worker', 'engine-proxy'].map((name) => `gantry/${name}:swarm-test`);
    await engine.load(dockerHost(), [...images, executorImage(), 'redis:7-bookworm']);
    await engine.client(['swarm', 'init', '--advertise-addr', engine.address]);
    address = `http://${engine.address}:8000`;
    const settings = {
      PATH: process.env['PATH'] ?? '',
      DOCKER_HOST: engine.dockerHost,
      DOCKER_SOCKET: engine.dockerHost.replace('unix://', ''),
      EXECUTOR_IMAGE: executorImage(),
      VERSION: 'swarm-test',
      RESOLVE_IMAGE: 'never',
    };
    operate = async (script, env = {}) =>
      (await run(join(ROOT, 'deploy/swarm', `${script}.sh`), [STACK], { env: { ...settings, ...env } })).stdout;
  }, 180_000);
  afterAll(async () => {
    await engine.client(['swarm', 'leave', '--force']).catch(() => undefined);
    await engine[Symbol.asyncDispose]();
  }, 60_000);

  test('is not deployed before a node is chosen for the data', async () => {
    await expect(operate('deploy')).rejects.toThrow(/docker node update --label-add gantry.redis=true/);
  });

  test('comes up with one gateway and two workers, and tells its keys once', async () => {
    const node = await engine.client(['node', 'ls', '--quiet']);
    await engine.client(['node', 'update', '--label-add', 'gantry.redis=true', node]);
    const told = await operate('deploy');
    const key = /^API key: ([0-9a-f]{64})$/m.exec(told)?.[1] ?? '';
    expect(told).toMatch(/^admin key: [0-9a-f]{64}$/m);
    api = new Api(address, key);
    await eventually(async () => {
      expect((await api.call('GET', '/readyz')).status).toBe(200);
      expect(await workers()).toBe(2);
    }, 90_000);
    // A task counts once its first health check has passed.
    await eventually(
      async () =>
        expect(await replicas()).toEqual([
          `${STACK}_engine-proxy 1/1`,
          `${STACK}_gateway 1/1 (max 1 per node)`,
          `${STACK}_redis 1/1`,
          `${STACK}_worker 2/2`,
        ]),
      30_000,
    );
    expect((await new Api(address).call('GET', '/executions')).status).toBe(401);
  });

  test('runs programs, on both workers', async () => {
    const views = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        api.execute({ language: 'python', code: `import time\nprint(${i}); time.sleep(1)` }),
      ),
    );
    expect(views.map((view) => view.stdout)).toEqual(Array.from({ length: 8 }, (_, i) => `${i}\n`));
    expect(new Set(views.map((view) => view.worker)).size).toBe(2);
  });

  test('rolls a change out without losing what runs, and keeps its secrets', async () => {
    const id = await api.submit({ language: 'bash', code: 'sleep 8; echo survived' });
    await eventually(async () => expect((await api.get(id)).status).toBe('running'));
    const told = await operate('deploy', { WORKER_CONCURRENCY: '2' });
    expect(told).not.toContain('key');
    await eventually(async () => {
      const state = await engine.client([
        'service',
        'inspect',
        `${STACK}_worker`,
        '--format',
        '{{.UpdateStatus.State}}',
      ]);
      expect(state).toBe('completed');
    }, 90_000);
    expect(await api.get(id, 20)).toMatchObject({ status: 'completed', stdout: 'survived\n' });
    expect(await api.execute({ language: 'bash', code: 'echo again' })).toMatchObject({ stdout: 'again\n' });
  });

  test('is removed without a rest', async () => {
    await operate('remove');
    await eventually(async () => {
      const label = `label=com.docker.stack.namespace=${STACK}`;
      expect(await engine.client(['ps', '--all', '--quiet', '--filter', label])).toBe('');
      expect(await engine.client(['network', 'ls', '--quiet', '--filter', label])).toBe('');
      expect(await engine.client(['ps', '--all', '--quiet', '--filter', 'label=gantry.deployment'])).toBe('');
    }, 90_000);
  });
});
