import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileUploaded } from '@gantry/contracts';
import { Api, collect } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { startStack, type Stack } from '../support/stack.js';
import { SteadySubmits } from '../support/steady-submits.js';

interface Page {
  executions: { execution_id: string; status: string }[];
  next_cursor: string | null;
}

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

  async function allMade(): Promise<{ execution_id: string; status: string }[]> {
    const made: { execution_id: string; status: string }[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await patiently(async () => {
        const { status, body } = await api.call<Page>('GET', `/executions?limit=100${cursor && `&cursor=${cursor}`}`);
        expect(status).toBe(200);
        return body;
      });
      made.push(...page.executions);
      cursor = page.next_cursor;
    }
    return made;
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

  test('loses nothing and makes up nothing while its slot moves to another node under load, and goes on after', async () => {
    const before = await allMade();
    const id = await api.submit({ language: 'bash', code: COUNTER });
    await untilOutput(id, '3');
    const load = new SteadySubmits(api);
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(3), 20_000);
    await cluster.moveSlot(stack.deployment, async () => {
      const refused = async (count: number): Promise<number> => {
        const until = load.refused + count;
        await eventually(() => expect(load.refused).toBeGreaterThanOrEqual(until), 20_000);
        return load.accepted.length;
      };
      // Its keys are on both nodes: nothing is said yes to that could be on either.
      const accepted = await refused(2);
      expect(await refused(5)).toBe(accepted);
    });
    const moved = load.accepted.length;
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(moved + 3), 20_000);
    await load.stop();
    await Promise.all([id, ...load.accepted].map(ended));
    expect((await api.get(id)).stdout).toBe(COUNTED);
    const made = (await allMade()).filter(({ status }) => status !== 'cancelled').map((each) => each.execution_id);
    expect(made.sort()).toEqual([...before.map((each) => each.execution_id), id, ...load.accepted].sort());
  }, 120_000);

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
