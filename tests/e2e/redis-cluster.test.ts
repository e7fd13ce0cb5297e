import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileUploaded } from '@gantry/contracts';
import { Api, collect } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { startStack, type Stack } from '../support/stack.js';

const COUNTER = 'for i in $(seq 1 35); do echo $i; sleep 0.1; done';
const COUNTED = Array.from({ length: 35 }, (_, i) => `${i + 1}\n`).join('');

describe('on a Redis Cluster', () => {
  let cluster: RedisCluster;
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
    stack = await startStack({ redisUrl: cluster.url });
    api = new Api(stack.url);
  });
  afterAll(async () => {
    await stack?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  /** Answered while the service finds the new owner of the data: what a client does on 503. */
  const patiently = <T>(call: () => Promise<T>): Promise<T> => eventually(call, 20_000, 100);
  const ended = (id: string): Promise<void> =>
    patiently(async () => expect((await api.get(id, 5)).status).toBe('completed'));
  async function untilOutput(id: string, text: string): Promise<void> {
    for await (const { type, data } of api.stream(id)) if (type === 'stdout' && data.text?.includes(text)) return;
  }

  test('executes, streams, takes files and runs them; all keys are in one slot', async () => {
    expect(await api.execute({ language: 'python', code: 'print(6 * 7)' })).toMatchObject({ stdout: '42\n' });
    const id = await api.submit({
      language: 'bash',
      code: 'for i in 1 2 3; do echo $i; sleep 0.1; done; echo x > out',
    });
    const events = await collect(api.stream(id));
    expect(events.map((event) => event.id)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)).toMatchObject({ type: 'result', data: { status: 'completed', stdout: '1\n2\n3\n' } });
    const upload = await api.call<FileUploaded>('POST', '/files/upload', {
      filename: 'a.py',
      content: 'print("file")',
    });
    expect(upload.status).toBe(200);
    const run = await api.call('POST', `/files/${upload.body.file_id}/execute`, { wait_seconds: 60 });
    expect(run.body).toMatchObject({ status: 'completed', stdout: 'file\n' });
    const owner = await cluster.ownerOf(stack.deployment);
    for (const master of cluster.masters) {
      const keys = (await master.call('KEYS', '*')) as string[];
      expect(keys.filter((key) => !key.startsWith(`{${stack.deployment}}:`))).toEqual([]);
      expect(keys.length > 0).toBe(master === owner);
    }
  });

  test('goes on while its slot moves to another node, and after', async () => {
    const id = await api.submit({ language: 'bash', code: COUNTER });
    await untilOutput(id, '3');
    await cluster.moveSlot(stack.deployment, async () => {
      const refused = await api.call('POST', '/execute', { language: 'bash', code: 'echo refused' });
      expect(refused).toMatchObject({ status: 503, body: { code: 'redis_unavailable' } });
      expect(refused.headers.get('retry-after')).not.toBeNull();
    });
    await ended(id);
    expect((await api.get(id)).stdout).toBe(COUNTED);
    expect((await patiently(() => api.execute({ language: 'bash', code: 'echo moved' }))).stdout).toBe('moved\n');
  });

  test('goes on with the replica when the master of its slot is killed', async () => {
    const owner = await cluster.ownerOf(stack.deployment);
    const replica = await cluster.addReplica(owner);
    const id = await api.submit({ language: 'bash', code: COUNTER });
    await untilOutput(id, '3');
    await owner.kill();
    await ended(id);
    expect((await api.get(id)).stdout).toBe(COUNTED);
    expect(await cluster.ownerOf(stack.deployment)).toBe(replica);
    expect((await patiently(() => api.execute({ language: 'bash', code: 'echo taken over' }))).stdout).toBe(
      'taken over\n',
    );
  });
});
