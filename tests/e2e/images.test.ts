import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  CreateImageView,
  ImageList,
  ImageView,
  InstallPackageView,
  JobView,
  RuntimeList,
} from '@gantry/contracts';
import { Api, type Answer } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { imagesOf } from '../support/images.js';
import { startStack, type Stack } from '../support/stack.js';

const digest = (key: string): string => createHash('sha256').update(key).digest('hex');
/** Makes the recipes of this run differ from all others, so that what is built here is built here. */
const RUN = randomBytes(6).toString('hex');
const BASE = 'FROM debian:bookworm-slim';

/** A language that is made on first use; every build of its image leaves another number in it. */
const NUMBER = {
  name: 'number',
  version: '1',
  file_name: 'main.number',
  install: { setup: [['sh', '-c', `sleep 2; echo ${RUN} > /number; cat /proc/sys/kernel/random/uuid >> /number`]] },
  run: ['cat', '/number', '{file}'],
};
const BROKEN = {
  ...NUMBER,
  name: 'broken',
  file_name: 'main.broken',
  install: { setup: [['sh', '-c', `echo ${RUN}; echo no such thing >&2; exit 3`]] },
};
const SLOW = {
  ...NUMBER,
  name: 'slow',
  file_name: 'main.slow',
  install: { setup: [['sh', '-c', `echo ${RUN}; sleep 100`]] },
};

async function runtimesDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-runtimes-'));
  for (const runtime of [NUMBER, BROKEN, SLOW]) {
    await mkdir(path.join(directory, runtime.name));
    await writeFile(path.join(directory, runtime.name, 'runtime.json'), JSON.stringify(runtime));
  }
  return directory;
}

describe('images', () => {
  let stack: Stack;
  let api: Api;
  let other: Api;
  let directory: string;
  beforeAll(async () => {
    directory = await runtimesDirectory();
    stack = await startStack({
      workers: 2,
      env: {
        API_KEYS: `alice:${digest('key-a')},bob:${digest('key-b')}`,
        ALLOW_CUSTOM_DOCKERFILE: 'true',
        RUNTIMES_DIR: directory,
        WORKER_CONCURRENCY: '10',
        POOL_MAX_READY: '0',
      },
    });
    api = new Api(stack.url, 'key-a');
    other = new Api(stack.url, 'key-b');
  }, 90_000);
  afterAll(async () => {
    await stack.close();
    await rm(directory, { recursive: true });
  });

  const post = <T>(route: string, body: object, headers: Record<string, string> = {}): Promise<Answer<T>> =>
    api.call<T>('POST', route, { wait_seconds: 120, ...body }, headers);
  const job = async (id: string, wait = 0): Promise<JobView> =>
    (await api.call<JobView>('GET', `/jobs/${id}?wait_seconds=${wait}`)).body;
  const dockerfile = (...lines: string[]): { languages: string[]; custom_dockerfile: string } => ({
    languages: ['bash'],
    custom_dockerfile: [BASE, `ENV RUN_ID=${RUN}`, ...lines].join('\n'),
  });

  test('create, run on it, install into it, run again, list, delete', async () => {
    const environment = { GREETING: `$hi "${RUN}"` };
    const { status, body: created } = await post<CreateImageView>('/images/create', {
      languages: ['js', 'bash'],
      image_name: 'tools:v1',
      environment,
    });
    expect(status).toBe(200);
    expect(created).toMatchObject({
      success: true,
      status: 'completed',
      reason: 'built',
      image_name: 'tools:v1',
      cached: false,
    });
    expect(created.image_id).toMatch(/^img_[0-9a-f]{32}$/);
    expect(created.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const echo = { language: 'bash', code: 'echo "$GREETING"', image_id: 'tools:v1' };
    expect(await api.execute(echo)).toMatchObject({
      stdout: `$hi "${RUN}"\n`,
      image_id: created.image_id,
      image_seconds: null,
      image_digest: created.digest,
    });

    const { body: installed } = await post<InstallPackageView>('/packages/install', {
      image_id: 'tools:v1',
      language: 'bash',
      package_name: 'hello',
      package_version: '2.10-3',
      image_name: 'tools:v2',
    });
    expect(installed).toMatchObject({ success: true, error_message: null, reason: 'built', failing_line: null });
    expect(installed.installed).toContainEqual({ manager: 'apt', name: 'hello', version: '2.10-3' });
    expect(installed.build_logs.join('\n')).toContain('Setting up hello (2.10-3)');
    const result = await api.execute({
      language: 'bash',
      code: 'hello; echo $GREETING',
      image_id: installed.new_image_id,
    });
    expect(result).toMatchObject({ status: 'completed', stdout: `Hello, world!\n$hi "${RUN}"\n` });

    const { body: list } = await api.call<ImageList>('GET', '/images?limit=1');
    expect(list.images).toMatchObject([
      { image_id: installed.new_image_id, names: ['tools:v2'], languages: ['bash', 'node'] },
    ]);
    const { body: rest } = await api.call<ImageList>('GET', `/images?cursor=${String(list.next_cursor)}`);
    expect(rest).toMatchObject({ images: [{ image_id: created.image_id, names: ['tools:v1'] }], next_cursor: null });
    const { body: one } = await api.call<ImageView>('GET', '/images/tools:v2');
    expect(one).toMatchObject({
      image_id: installed.new_image_id,
      in_use: 0,
      packages: [{ name: 'hello', version: '2.10-3' }],
    });
    expect(one.size_bytes).toBeGreaterThan(1e6);

    const running = await api.submit({ language: 'bash', code: 'sleep 60', image_id: 'tools:v1' });
    expect(await api.call('DELETE', '/images/tools:v1')).toMatchObject({ status: 409, body: { code: 'image_in_use' } });
    expect((await api.call<ImageView>('GET', '/images/tools:v1')).body.in_use).toBe(1);
    await api.call('DELETE', `/executions/${running}`);
    await eventually(async () => expect((await api.call('DELETE', '/images/tools:v1')).status).toBe(200));
    expect((await api.call('GET', '/images/tools:v1')).status).toBe(404);
    await eventually(async () => {
      expect(await imagesOf(stack.deployment)).not.toContain(created.image_id);
    });
    expect((await api.call('POST', '/execute', echo)).body).toMatchObject({ code: 'unknown_image' });
  }, 180_000);

  test('the same image again is answered without a job, and a name moves to the newest', async () => {
    const order = { languages: ['bash'], environment: { WHICH: RUN }, image_name: 'again' };
    const first = (await post<CreateImageView>('/images/create', order)).body;
    expect(first).toMatchObject({ success: true, cached: false });
    await eventually(async () => {
      const again = (await post<CreateImageView>('/images/create', { ...order, image_name: 'again:latest' })).body;
      expect(again).toMatchObject({
        success: true,
        job_id: null,
        cached: true,
        image_id: first.image_id,
        image_name: 'again',
      });
    });
    const theirs = await other.call<CreateImageView>('POST', '/images/create', order);
    expect(theirs.body).toMatchObject({ cached: true, image_id: first.image_id, digest: first.digest });
    const moved = (await post<CreateImageView>('/images/create', { ...order, environment: { WHICH: 'other' } })).body;
    expect(moved.image_id).not.toBe(first.image_id);
    expect((await api.call<ImageView>('GET', '/images/again')).body.image_id).toBe(moved.image_id);
    expect((await other.call<ImageView>('GET', '/images/again')).body.image_id).toBe(first.image_id);
    expect((await api.call('DELETE', `/images/${first.image_id}`)).status).toBe(200);
    expect((await other.call('DELETE', '/images/again')).status).toBe(200);
  }, 60_000);

  test('a build that fails is told with its log and the line that failed', async () => {
    const { status, body } = await post<CreateImageView>('/images/create', {
      ...dockerfile('RUN echo before', 'RUN echo about to fail && exit 7', 'RUN echo after'),
      image_name: 'never',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: false,
      status: 'failed',
      reason: 'build_failed',
      image_id: null,
      digest: null,
    });
    expect(body.failing_line).toContain('exit 7');
    expect(body.error_message).toContain('exit code 7');
    expect(body.build_logs).toEqual(expect.arrayContaining(['before', 'about to fail']));
    expect(body.build_logs).not.toContain('after');
    expect((await api.call('GET', '/images/never')).status).toBe(404);
    expect((await job(String(body.job_id))).build_logs).toEqual(body.build_logs);
  }, 60_000);

  test('a custom Dockerfile takes the files that came with it, and its environment is that of programs', async () => {
    const { body } = await post<CreateImageView>('/images/create', {
      ...dockerfile(
        'COPY data/ /data/',
        'ENV FROM_FILE="$RUN_ID-x"',
        'RUN cat /data/a.txt > /joined && echo end >> /joined',
      ),
      files: [{ path: 'data/a.txt', content: Buffer.from(`content ${RUN}\n`).toString('base64'), encoding: 'base64' }],
    });
    expect(body).toMatchObject({ success: true, error_message: null });
    const code = 'cat /joined; echo $FROM_FILE';
    const ran = await api.execute({ language: 'bash', code, image_id: body.image_id });
    expect(ran.stdout).toBe(`content ${RUN}\nend\n${RUN}-x\n`);
    const wrong = await api.call('POST', '/execute', { language: 'node', code: '', image_id: body.image_id });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'language_not_in_image' } });
  }, 60_000);

  test('a build is followed live and cancelled while it runs', async () => {
    const order = dockerfile('RUN echo it has begun && sleep 100');
    const accepted = await post<{ job_id: string; status: string }>('/images/create', { ...order, wait_seconds: 0 });
    expect(accepted.status).toBe(202);
    const id = accepted.body.job_id;
    expect(accepted.headers.get('location')).toBe(`/jobs/${id}`);
    const events: string[] = [];
    for await (const event of api.stream(id, { root: 'jobs' })) {
      events.push(event.type);
      if (!JSON.stringify(event.data).includes('it has begun') || event.type !== 'stdout') continue;
      expect((await other.call('GET', `/jobs/${id}`)).status).toBe(404);
      expect((await other.call('DELETE', `/jobs/${id}`)).status).toBe(404);
      expect((await api.call('DELETE', `/jobs/${id}`)).status).toBe(202);
    }
    expect(events.slice(0, 2)).toEqual(['status', 'status']);
    expect(events).toContain('progress');
    expect(events.at(-1)).toBe('result');
    expect(await job(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled', success: false, image_id: null });
    expect((await api.call('POST', `/jobs/${id}/cancel`)).status).toBe(200);
  }, 60_000);

  test('one idempotency key is one job', async () => {
    const headers = { 'idempotency-key': `k-${RUN}` };
    const order = { ...dockerfile('RUN echo once'), wait_seconds: 0 };
    const [a, b] = await Promise.all([
      post<{ job_id: string }>('/images/create', order, headers),
      post<{ job_id: string }>('/images/create', order, headers),
    ]);
    expect(a.body.job_id).toBe(b.body.job_id);
    expect([a, b].filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(1);
    const changed = await post('/images/create', { ...order, languages: ['python'] }, headers);
    expect(changed).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await job(a.body.job_id, 60)).toMatchObject({ success: true });
    const { body: list } = await api.call<{ jobs: JobView[] }>('GET', '/jobs?status=completed&limit=1');
    expect(list.jobs).toMatchObject([{ job_id: a.body.job_id, kind: 'create' }]);
  }, 60_000);

  test('a language is made on its first use, once however many ask on however many workers', async () => {
    const state = async (name: string): Promise<RuntimeList['runtimes'][number] | undefined> =>
      (await api.call<RuntimeList>('GET', '/runtimes')).body.runtimes.find((runtime) => runtime.name === name);
    expect(await state('number')).toMatchObject({ image: 'on_first_use', image_reason: null });
    expect(await state('bash')).toMatchObject({ image: 'ready', image_id: null });
    const ids = await Promise.all(Array.from({ length: 20 }, () => api.submit({ language: 'number', code: '' })));
    const events: { type: string; message: unknown }[] = [];
    for await (const { type, data } of api.stream(String(ids[0]))) events.push({ type, message: data['message'] });
    expect(events.find(({ type }) => type === 'progress')?.message).toMatch(
      /^building image img_[0-9a-f]{32} for number$/,
    );
    const results = await Promise.all(ids.map((id) => api.get(id, 60)));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['completed']));
    const numbers = new Set(results.map(({ stdout }) => stdout));
    expect(numbers.size).toBe(1);
    expect([...numbers][0]).toContain(RUN);
    expect(results[0]?.image_seconds).toBeGreaterThan(1);
    expect(results[0]?.execution_time_seconds).toBeLessThan(1);
    await eventually(async () => expect(await state('number')).toMatchObject({ image: 'ready' }));
    const later = await api.execute({
      language: 'number',
      code: '',
      image_id: String((await state('number'))?.image_id),
    });
    expect(later).toMatchObject({ image_id: null, image_seconds: null });
  }, 60_000);

  test('an execution whose image cannot be made says why, and one that waits for it can be cancelled', async () => {
    const broken = await api.execute({ language: 'broken', code: '' });
    expect(broken).toMatchObject({ status: 'failed', reason: 'image_unavailable', execution_time_seconds: null });
    expect(broken.error_message).toContain('no such thing');
    const state = (await api.call<RuntimeList>('GET', '/runtimes')).body.runtimes.find(({ name }) => name === 'broken');
    expect(['on_first_use', 'unavailable']).toContain(state?.image);
    const id = await api.submit({ language: 'slow', code: '' });
    let cancelled = 0;
    for await (const { type, data } of api.stream(id)) {
      if (type !== 'progress' || cancelled !== 0 || !String(data['message']).includes('sleep')) continue;
      cancelled = (await api.call('DELETE', `/executions/${id}`)).status;
    }
    expect(cancelled).toBe(202);
    expect(await api.get(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled', execution_time_seconds: null });
  }, 60_000);

  test('a build survives its gateway, and ends once as worker_lost when its worker dies', async () => {
    const order = { ...dockerfile('RUN echo running && sleep 90'), wait_seconds: 0 };
    const { body } = await post<{ job_id: string }>('/images/create', order);
    await eventually(async () => expect((await job(body.job_id)).status).toBe('running'));
    await stack.gateway.stop('SIGKILL');
    await stack.restartGateway();
    expect(await job(body.job_id)).toMatchObject({ status: 'running', attempt: 1 });
    const events = api.stream(body.job_id, { root: 'jobs' });
    await Promise.all(stack.workers.map((worker) => worker.stop('SIGKILL')));
    await stack.startWorker();
    const results: unknown[] = [];
    for await (const { type, data } of events) if (type === 'result') results.push(data);
    expect(results).toMatchObject([{ status: 'failed', reason: 'worker_lost', attempt: 1 }]);
    expect((await api.execute({ language: 'bash', code: 'echo on' })).stdout).toBe('on\n');
  }, 90_000);
});
