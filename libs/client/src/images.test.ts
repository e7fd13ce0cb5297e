import { describe, expect, test } from '@jest/globals';
import type { JobView } from '@gantry/contracts';
import { event, events, json, problem, ScriptedGateway } from './fakes/scripted-gateway.js';
import { GantryClient } from './index.js';

const OUTCOME = {
  success: true,
  image_name: 'tools',
  build_logs: ['one', 'two', 'three'],
  error_message: null,
  failing_line: null,
  job_id: 'job_1',
  status: 'completed' as const,
  reason: 'built' as const,
  digest: 'sha256:00',
  size_bytes: 5,
  layers_cached: 1,
  layers_total: 2,
  build_seconds: 3,
  cached: false,
  installed: [],
};
const JOB: JobView = {
  ...OUTCOME,
  kind: 'create',
  image_id: 'img_1',
  parent_image_id: null,
  attempt: 1,
  worker: 'w1',
  created_at: '2026-11-23T10:00:00Z',
  started_at: null,
  finished_at: null,
};
const ACCEPTED = json(202, { job_id: 'job_1', status: 'pending' });
const log = (id: number, text: string): string => event(id, 'stdout', { text, encoding: 'utf-8', at: 1 });
const clientOf = (gateway: { url: string }): GantryClient => new GantryClient({ baseUrl: gateway.url, retryBaseMs: 2 });

describe('making an image', () => {
  test('follows the job to its end, across a broken connection', async () => {
    const step = event(2, 'progress', { message: 'apt (1/2)', percent: 50, at: 1 });
    await using gateway = await ScriptedGateway.start(
      ACCEPTED,
      events([log(1, 'one\n'), step], 'break'),
      events([log(3, 'two\n'), event(4, 'result', JOB)]),
    );
    const told: unknown[] = [];
    const image = await clientOf(gateway).createImage(
      { languages: ['python'], packages: { apt: ['jq'] } },
      {
        onSubmitted: (id) => void told.push(id),
        onLog: (text) => void told.push(text),
        onProgress: (progress) => void told.push(progress),
      },
    );
    expect(image).toEqual({ ...OUTCOME, image_id: 'img_1' });
    expect(told).toEqual(['job_1', 'one\n', { message: 'apt (1/2)', percent: 50 }, 'two\n']);
    const [order, , resumed] = gateway.requests;
    expect(order?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(order?.body ?? '')).toEqual({
      languages: ['python'],
      packages: { apt: ['jq'] },
      wait_seconds: 0,
    });
    expect(resumed).toMatchObject({ url: '/jobs/job_1/stream', headers: { 'last-event-id': '2' } });
  });

  test('needs no job for an image that is there', async () => {
    const ready = { ...OUTCOME, job_id: null, cached: true, new_image_id: 'img_1' };
    await using gateway = await ScriptedGateway.start(json(200, ready));
    const order = { language: 'bash', package_name: 'jq' };
    expect(await clientOf(gateway).installPackages(order, { onSubmitted: () => expect(1).toBe(2) })).toEqual(ready);
    expect(await clientOf(gateway).orderPackages(order)).toEqual({ job_id: null, status: 'completed', image: ready });
    expect(gateway.requests.map(({ url }) => url)).toEqual(['/packages/install', '/packages/install']);
  });

  test('tells a failing build as an answer, and takes the rest of its log from it when events are gone', async () => {
    const failed: JobView = { ...JOB, success: false, status: 'failed', reason: 'build_failed', image_id: null };
    await using gateway = await ScriptedGateway.start(
      ACCEPTED,
      events([log(1, 'one\n')], 'break'),
      problem(410, 'history_gone'),
      json(200, failed),
    );
    const told: string[] = [];
    const onLog = (text: string): void => void told.push(text);
    const outcome = await clientOf(gateway).installPackages({ language: 'bash', package_name: 'jq' }, { onLog });
    expect(outcome).toMatchObject({ success: false, reason: 'build_failed', new_image_id: null });
    expect(told).toEqual(['one\n', 'two\n', 'three\n']);
    expect(gateway.requests.at(-1)?.url).toBe('/jobs/job_1?wait_seconds=30');
  });
});

test('jobs and images are listed, looked at, cancelled and deleted', async () => {
  const summary = {
    image_id: 'img_1',
    image_name: 'a:v1',
    names: ['a:v1'],
    languages: ['bash'],
    base_os: 'debian:bookworm-slim',
    packages: [],
    created_at: 'x',
    last_used_at: 'x',
    digest: null,
    size_bytes: null,
    ready: true,
  };
  const { build_logs: _, ...job } = JOB;
  await using gateway = await ScriptedGateway.start(
    json(200, { images: [summary], next_cursor: null }),
    json(200, { ...summary, ready_on: [], in_use: 0, recipe: { schema: 1 } }),
    json(200, { success: true, image_id: 'img_1', message: 'gone' }),
    json(200, { jobs: [job], next_cursor: null }),
    json(202, { job_id: 'job_1', status: 'running', cancel_requested: true }),
  );
  const client = clientOf(gateway);
  for await (const image of client.listImages()) expect(image).toEqual(summary);
  expect(await client.getImage('a:v1')).toMatchObject({ in_use: 0 });
  expect(await client.deleteImage('a:v1')).toMatchObject({ image_id: 'img_1' });
  for await (const one of client.listJobs({ status: 'completed' })) expect(one).toEqual(job);
  expect(await client.cancelJob('job_1')).toMatchObject({ cancel_requested: true });
  expect(gateway.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /images?limit=50',
    'GET /images/a%3Av1',
    'DELETE /images/a%3Av1',
    'GET /jobs?limit=50&status=completed',
    'POST /jobs/job_1/cancel',
  ]);
});
