import { readdir } from 'node:fs/promises';
import { eventually } from '../../support/eventually.js';
import { connectLegacy } from '../../support/mcp-clients.js';
import type { Acknowledged } from './drive.js';
import { stream } from './follow.js';
import type { Plan, PlannedExecution } from './plan.js';
import type { ServiceClient } from './service-client.js';
import { auditNeighbour, type Neighbour } from './neighbour.js';

const AT_ONCE = 12;
const PAGE = 200;

/** What is still under way, and no client knows of it: its submit was not answered. */
export async function stopTheRest(client: ServiceClient, acknowledged: Acknowledged): Promise<void> {
  const known = new Set(acknowledged.values());
  for (const [tenant] of client.world.tenants.entries()) {
    for (const status of ['running', 'pending']) {
      const path = `/executions?status=${status}&limit=${PAGE}`;
      const { body } = await client.call({ n: -1, tenant, gateway: tenant, method: 'GET', path, promisedMs: 5000 });
      const listed = (body['executions'] ?? []) as Record<string, unknown>[];
      const ids = listed.map((view) => String(view['execution_id'])).filter((id) => !known.has(id));
      await inTurns(ids, async (id) => {
        const stop = `/executions/${id}/cancel`;
        await client.call({ n: -1, tenant, gateway: tenant, method: 'POST', path: stop, promisedMs: 5000 });
      });
    }
  }
}

/** After everything: each acknowledged execution once more, by every way there is. */
export async function audit(client: ServiceClient, plan: Plan, acknowledged: Acknowledged): Promise<void> {
  const all = plan.executions.flatMap((planned) => {
    const id = acknowledged.get(planned.n);
    return id === undefined ? [] : [{ planned, id }];
  });
  await inTurns(all, async ({ planned, id }) => {
    for (const gateway of [0, 1]) await look(client, { ...planned, gateway }, id);
    if (client.ends.has(planned.n)) await stream(client, planned, id, { reader: `r${planned.n}`, source: 'replay' });
  });
  await auditLists(client, all);
  await auditTools(client, all);
}

export async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

async function look(client: ServiceClient, { n, tenant, gateway }: PlannedExecution, id: string): Promise<void> {
  const { status, body } = await client.call({ n, tenant, gateway, method: 'GET', path: `/executions/${id}` });
  if (status === 200) client.tell(n, 'get', body);
  else client.history.add({ kind: 'missing', n, source: 'get', status: status ?? 0 });
}

async function auditLists(
  client: ServiceClient,
  all: readonly { planned: PlannedExecution; id: string }[],
): Promise<void> {
  for (const [tenant] of client.world.tenants.entries()) {
    const listed = new Map<string, Record<string, unknown>[]>();
    let cursor: string | null = null;
    do {
      const path: string = `/executions?limit=${PAGE}${cursor === null ? '' : `&cursor=${cursor}`}`;
      const { body } = await client.call({ n: -1, tenant, gateway: tenant, method: 'GET', path, promisedMs: 5000 });
      for (const view of (body['executions'] ?? []) as Record<string, unknown>[]) {
        const id = String(view['execution_id']);
        listed.set(id, [...(listed.get(id) ?? []), view]);
      }
      cursor = (body['next_cursor'] as string | null) ?? null;
    } while (cursor !== null);
    for (const { planned, id } of all.filter((each) => each.planned.tenant === tenant)) {
      const views = listed.get(id) ?? [];
      // One that is there twice is as wrong as one that is not there.
      if (views.length !== 1)
        client.history.add({ kind: 'missing', n: planned.n, source: 'list', status: views.length });
      for (const view of views) client.tell(planned.n, 'list', view);
    }
  }
}

async function auditTools(
  client: ServiceClient,
  all: readonly { planned: PlannedExecution; id: string }[],
): Promise<void> {
  for (const [tenant] of client.world.tenants.entries()) {
    const mcp = await connectLegacy(client.url(tenant), client.key(tenant));
    try {
      for (const { planned, id } of all.filter((each) => each.planned.tenant === tenant)) {
        const { structuredContent: view, isError } = await mcp.call('get_execution', {
          execution_id: id,
          max_output_chars: 100_000,
        });
        if (isError === true || !view)
          client.history.add({ kind: 'missing', n: planned.n, source: 'mcp', status: 404 });
        else
          client.tell(planned.n, 'mcp', {
            ...view,
            attempt: 0,
            ...(view['stdout_left_out'] === 0 ? {} : { stdout: null }),
          });
      }
    } finally {
      await mcp.close();
    }
  }
}

/** When all processes have ended nothing of the deployment is left, and all of the neighbour. */
export async function auditLeftovers(client: ServiceClient, neighbour: Neighbour): Promise<void> {
  const { history, world } = client;
  const { docker, deployment } = world;
  const filters = { label: [`gantry.deployment=${deployment}`] };
  const left = (what: string, names: readonly string[]): void => {
    for (const name of names) history.add({ kind: 'leftover', what, name });
  };
  const containers = await docker.listContainers({ all: true, filters });
  left(
    'container',
    containers.map(({ Id, State, Status }) => `${Id.slice(0, 12)} ${State} ${Status}`),
  );
  left(
    'network',
    (await docker.listNetworks({ filters })).map(({ Name }) => Name),
  );
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  left(
    'volume',
    (volumes ?? []).map(({ Name }) => Name),
  );
  left('temporary file', await readdir(world.temporary));
  await auditNeighbour(client, neighbour);
}

/** Everything that Redis keeps of a run that is over must expire; what is waited for or running must be gone. */
export async function auditKeys(client: ServiceClient): Promise<void> {
  const { redis, deployment } = client.world;
  await redis.use(async (connection) => {
    const prefix = `{${deployment}}`;
    for (const name of [
      'queued',
      'running',
      'offers',
      'queue:execution:wait',
      'queue:execution:active',
      'queue:execution:delayed',
    ]) {
      const key = `${prefix}:${name}`;
      const type = await connection.type(key);
      const size = type === 'zset' ? await connection.zcard(key) : type === 'list' ? await connection.llen(key) : 0;
      if (size > 0) client.history.add({ kind: 'leftover', what: 'key', name: `${key} with ${size}` });
    }
    for await (const keys of connection.scanStream({ match: `${prefix}:x:*`, count: 1000 })) {
      for (const key of keys as string[]) {
        if ((await connection.pttl(key)) === -1)
          client.history.add({ kind: 'leftover', what: 'key without an expiry', name: key });
      }
    }
  });
}

const BLOBS_GO_MS = 20_000;
const RECORD = /:x:exec_[^:]+$/;

/** As if the time that ended executions are kept had passed: what Redis holds then must be what it held before. */
export async function expireAll(client: ServiceClient, when: 'before' | 'load' | 'after'): Promise<void> {
  const { history, world } = client;
  await world.redis.use(async (connection) => {
    const usedBytes = async (): Promise<number> =>
      Number(/^used_memory:(\d+)/m.exec(await connection.info('memory'))?.[1]);
    const before = await usedBytes();
    let executions = 0;
    const blobs = `{${world.deployment}}:blobs`;
    for (const hash of await connection.zrange(blobs, '0', '-1')) await connection.zadd(blobs, '0', hash);
    for await (const keys of connection.scanStream({ count: 1000 })) {
      executions += (keys as string[]).filter((key) => RECORD.test(key)).length;
      for (const key of keys as string[]) if ((await connection.pttl(key)) > 0) await connection.pexpire(key, 1);
    }
    // What the artifacts hold is removed by a worker, in its next round.
    await eventually(async () => expect0(await connection.zcard(blobs)), BLOBS_GO_MS).catch(() => undefined);
    const kept: string[] = [];
    for await (const keys of connection.scanStream({ count: 1000 })) kept.push(...(keys as string[]));
    history.add({ kind: 'kept', when, executions, bytes: before - (await usedBytes()) });
    history.add({ kind: 'note', text: `kept in Redis: ${kept.join(' ')}` });
    history.add({ kind: 'note', text: (await connection.info('memory')).replaceAll('\r\n', ' ') });
  });
}

function expect0(count: number): void {
  if (count > 0) throw new Error(`${count} are left`);
}
