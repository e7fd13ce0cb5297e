import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { StreamEvent } from '@gantry/contracts';
import {
  ScriptedGateway,
  breakOff,
  event,
  events,
  json,
  problem,
  result,
  stdout,
  viewOf,
  type Respond,
} from './fakes/scripted-gateway.js';
import { GantryApiError, GantryClient, type OutputChunk } from './index.js';

const RUNNING = event(1, 'status', { status: 'running', attempt: 1, worker: 'w1', at: 1 });

function clientOf(gateway: ScriptedGateway, options: object = {}): GantryClient {
  return new GantryClient({ baseUrl: gateway.url, retryBaseMs: 2, maxReconnects: 3, ...options });
}

async function collect(source: AsyncIterable<StreamEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { id, type, data } of source) seen.push(`${id} ${type}${type === 'stdout' ? ` ${data.text}` : ''}`);
  return seen;
}

function lastEventIds(gateway: ScriptedGateway): unknown[] {
  return gateway.requests.map((request) => request.headers['last-event-id']);
}

describe('an event stream', () => {
  test('gives all events in order and ends with the result', async () => {
    await using gateway = await ScriptedGateway.start(
      events([RUNNING, ': beat\n\n', stdout(2, 'a'), result(3)], 'stay'),
    );
    expect(await collect(clientOf(gateway).stream('exec_1'))).toEqual(['1 status', '2 stdout a', '3 result']);
    expect(gateway.requests[0]).toMatchObject({
      url: '/executions/exec_1/stream',
      headers: { accept: 'text/event-stream' },
    });
  });

  test('goes on where it broke, without gap or duplicate', async () => {
    const half = stdout(3, 'never complete').slice(0, 20);
    await using gateway = await ScriptedGateway.start(
      events([RUNNING, stdout(2, 'a'), half], 'break'),
      breakOff,
      events([stdout(2, 'a'), stdout(3, 'b')], 'end'),
      events([stdout(4, 'c'), result(5)]),
    );
    expect(await collect(clientOf(gateway).stream('exec_1'))).toEqual([
      '1 status',
      '2 stdout a',
      '3 stdout b',
      '4 stdout c',
      '5 result',
    ]);
    expect(lastEventIds(gateway)).toEqual([undefined, '2', '2', '3']);
  });

  test('starts after the given event', async () => {
    await using gateway = await ScriptedGateway.start(events([stdout(8, 'x'), result(9)]));
    expect(await collect(clientOf(gateway).stream('exec_1', { after: 7 }))).toEqual(['8 stdout x', '9 result']);
    expect(lastEventIds(gateway)).toEqual(['7']);
  });

  test('asks again for an event that is missing', async () => {
    await using gateway = await ScriptedGateway.start(
      events([RUNNING, stdout(3, 'b')]),
      events([stdout(2, 'a'), stdout(3, 'b'), result(4)]),
    );
    expect(await collect(clientOf(gateway).stream('exec_1'))).toEqual([
      '1 status',
      '2 stdout a',
      '3 stdout b',
      '4 result',
    ]);
    expect(lastEventIds(gateway)).toEqual([undefined, '1']);
  });

  test('fails rather than leaving out an event that stays missing', async () => {
    await using gateway = await ScriptedGateway.start(events([RUNNING, stdout(3, 'b'), result(4)]));
    await expect(collect(clientOf(gateway).stream('exec_1'))).rejects.toThrow(
      /gap that stays \(event 3 came after 1\)/,
    );
  });

  test('puts together characters and lines that are split anywhere', async () => {
    const bytes = Buffer.from(stdout(2, 'é漢🚀') + result(3));
    const ends = Buffer.byteLength(stdout(2, 'é漢🚀'));
    for (let cut = 1; cut < ends; cut++) {
      let goOn = (): void => undefined;
      const firstIsRead = new Promise<void>((resolve) => (goOn = resolve));
      // The rest leaves only when the reader has got the first part, so that no packet can hold both.
      const inTwoParts: Respond = async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(Buffer.concat([Buffer.from(RUNNING), bytes.subarray(0, cut)]));
        await firstIsRead;
        response.end(bytes.subarray(cut));
      };
      await using gateway = await ScriptedGateway.start(inTwoParts);
      const seen: unknown[] = [];
      for await (const event of clientOf(gateway).stream('exec_1')) {
        if (event.id === 1) goOn();
        if (event.type === 'stdout') seen.push(event.data.text);
      }
      expect([cut, seen, gateway.requests.length]).toEqual([cut, ['é漢🚀'], 1]);
    }
  });

  test('skips kinds and fields of events that it does not know, counting them', async () => {
    const newer = [
      RUNNING,
      event(2, 'weather', { sun: true }),
      event(3, 'stdout', { text: 'a', encoding: 'utf-8', at: 1, hue: 7 }),
      result(4),
    ];
    await using gateway = await ScriptedGateway.start(events(newer));
    expect(await collect(clientOf(gateway).stream('exec_1'))).toEqual(['1 status', '3 stdout a', '4 result']);
  });

  test('gives up after a bounded number of connections without anything new', async () => {
    await using gateway = await ScriptedGateway.start(events([RUNNING]));
    await expect(collect(clientOf(gateway).stream('exec_1'))).rejects.toMatchObject({
      name: 'GantryConnectionError',
      failure: 'interrupted',
    });
    // The first one brought an event, so three more may fail after it.
    expect(gateway.requests).toHaveLength(4);
  });

  test('does not give up while each connection brings something', async () => {
    const steps = Array.from({ length: 12 }, (_, i) => events([i === 11 ? result(12) : stdout(i + 1, 'x')], 'break'));
    await using gateway = await ScriptedGateway.start(...steps);
    expect(await collect(clientOf(gateway).stream('exec_1'))).toHaveLength(12);
  });

  test('connects anew when nothing comes, not even a heartbeat', async () => {
    await using gateway = await ScriptedGateway.start(events([RUNNING], 'stay'), events([result(2)]));
    expect(await collect(clientOf(gateway, { streamIdleMs: 60 }).stream('exec_1'))).toEqual(['1 status', '2 result']);
  });

  test('is patient with a service that is away, not with one that says no', async () => {
    await using away = await ScriptedGateway.start(
      problem(503, 'redis_unavailable', { 'retry-after': '0' }),
      events([result(1)]),
    );
    expect(await collect(clientOf(away).stream('exec_1'))).toEqual(['1 result']);
    for (const [status, code] of [
      [404, 'not_found'],
      [401, 'unauthorized'],
      [410, 'history_gone'],
    ] as const) {
      await using gateway = await ScriptedGateway.start(problem(status, code));
      await expect(collect(clientOf(gateway).stream('exec_1'))).rejects.toMatchObject({ code });
      expect(gateway.requests).toHaveLength(1);
    }
  });

  test('ends when the server has nothing after the given event', async () => {
    await using gateway = await ScriptedGateway.start((response) => void response.writeHead(204).end());
    expect(await collect(clientOf(gateway).stream('exec_1', { after: 9 }))).toEqual([]);
    expect(gateway.requests).toHaveLength(1);
  });

  test('pauses between connections as long as the server wishes', async () => {
    await using gateway = await ScriptedGateway.start(events(['retry: 200\n\n', RUNNING]), events([result(2)]));
    const startedAt = performance.now();
    await collect(clientOf(gateway).stream('exec_1'));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195);
  });

  test('refuses what is not an event stream', async () => {
    await using gateway = await ScriptedGateway.start(json(200, {}));
    await expect(collect(clientOf(gateway).stream('exec_1'))).rejects.toThrow(/instead of an event stream/);
  });

  test('closes its connection when the reader leaves, and on abort', async () => {
    const closed: Promise<unknown>[] = [];
    const stay: Respond = async (response, request) => {
      closed.push(once(response, 'close'));
      await events([RUNNING], 'stay')(response, request);
    };
    await using gateway = await ScriptedGateway.start(stay);
    for await (const _ of clientOf(gateway).stream('exec_1')) break;
    await closed[0];

    const controller = new AbortController();
    const reading = collect(clientOf(gateway).stream('exec_1', { signal: controller.signal }));
    await gateway.received(2);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await closed[1];
  });
});

describe('running with live output', () => {
  const accepted = json(202, { execution_id: 'exec_1', status: 'pending' });
  const order = { language: 'python', code: '' };

  async function run(
    gateway: ScriptedGateway,
  ): Promise<{ out: Buffer; err: Buffer; drops: (number | null)[]; exitCode: number | null }> {
    const chunks: OutputChunk[] = [];
    const view = await clientOf(gateway).run(order, { onOutput: (chunk) => void chunks.push(chunk) });
    const bytesOf = (stream: string) =>
      Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map((chunk) => chunk.bytes));
    return {
      out: bytesOf('stdout'),
      err: bytesOf('stderr'),
      drops: chunks.map((chunk) => chunk.droppedBytes),
      exitCode: view.exit_code,
    };
  }

  test('gives exact bytes of both streams, also such as are not text', async () => {
    const binary = Buffer.from([0, 255, 254, 10, 128]);
    const base64 = event(2, 'stdout', { text: binary.toString('base64'), encoding: 'base64', at: 1 });
    const err = event(3, 'stderr', { text: 'oh ü\r\n\0', encoding: 'utf-8', at: 1, dropped_bytes: 7 });
    await using gateway = await ScriptedGateway.start(
      accepted,
      events([RUNNING, base64, err, result(4, { exit_code: 5 })]),
    );
    expect(await run(gateway)).toEqual({ out: binary, err: Buffer.from('oh ü\r\n\0'), drops: [0, 7], exitCode: 5 });
  });

  test('takes the rest from the result when the events are gone', async () => {
    const gone = problem(410, 'history_gone');
    const view = viewOf({ stdout: 'aébc', stderr: 'e' });
    await using gateway = await ScriptedGateway.start(
      accepted,
      events([RUNNING, stdout(2, 'aé')], 'break'),
      gone,
      json(200, view),
    );
    expect(await run(gateway)).toEqual({
      out: Buffer.from('aébc'),
      err: Buffer.from('e'),
      drops: [0, 0, 0],
      exitCode: 0,
    });
  });

  test('says that output is missing when the result was cut as well', async () => {
    const view = viewOf({ stdout: 'head tail', stdout_truncated: true });
    await using gateway = await ScriptedGateway.start(
      accepted,
      events([RUNNING, stdout(2, 'head')], 'break'),
      problem(410, 'history_gone'),
      json(200, view),
    );
    expect(await run(gateway)).toEqual({
      out: Buffer.from('head'),
      err: Buffer.from(''),
      drops: [0, null],
      exitCode: 0,
    });
  });

  test('holds the stream back until the output is taken', async () => {
    const steps: string[] = [];
    await using gateway = await ScriptedGateway.start(accepted, events([stdout(1, 'a'), stdout(2, 'b'), result(3)]));
    await clientOf(gateway).run(order, {
      onOutput: async ({ bytes }) => {
        steps.push(`+${Buffer.from(bytes).toString()}`);
        await new Promise(setImmediate);
        steps.push(`-${Buffer.from(bytes).toString()}`);
      },
    });
    expect(steps).toEqual(['+a', '-a', '+b', '-b']);
  });

  test('tells the id before the end, and passes on what the taker of the output throws', async () => {
    await using gateway = await ScriptedGateway.start(accepted, events([stdout(1, 'a')], 'stay'));
    let id = '';
    const running = clientOf(gateway).run(order, {
      onSubmitted: (submitted) => (id = submitted),
      onOutput: () => Promise.reject(new Error('closed pipe')),
    });
    await expect(running).rejects.toThrow('closed pipe');
    expect(id).toBe('exec_1');
    await expect(running).rejects.not.toBeInstanceOf(GantryApiError);
  });
});
