import { once } from 'node:events';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import { RecordingTracer } from '@gantry/core/fakes';
import { idleTracer, type Tracer } from '@gantry/core';
import { silentLogger } from '@gantry/service';
import express from 'express';
import { eventually } from '../../../../tests/support/eventually.js';
import { errorHandler, unknownRoute } from './error-handler.js';
import { resource } from './resource.js';
import { tellJob, traceRequest } from './trace-request.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OTHER = { traceparent: TRACEPARENT.replace('4b', '5b'), tracestate: null };

function serve(tracer: Tracer): Server {
  const app = express();
  app.use(traceRequest({ tracer }));
  resource(app, '/broken/:id', {
    get: () => {
      throw new AppError('redis_unavailable', 'away');
    },
  });
  resource(app, '/jobs/:id', {
    get: (_request, response) => {
      tellJob(response, { id: 'exec_1', ...OTHER });
      response.json({});
    },
  });
  resource(app, '/healthz', { get: (_request, response) => void response.json({}) });
  resource(app, '/hanging', { get: () => undefined });
  app.use(unknownRoute);
  app.use(errorHandler(silentLogger));
  return app.listen(0, '127.0.0.1');
}

describe('the span of a request', () => {
  let tracer: RecordingTracer;
  let server: Server;
  const at = (path: string, to = server): string => `http://127.0.0.1:${(to.address() as AddressInfo).port}${path}`;
  beforeEach(async () => {
    tracer = new RecordingTracer();
    server = serve(tracer);
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const ended = (): Promise<RecordingTracer['spans']> =>
    eventually(() => {
      expect(tracer.spans.length).toBeGreaterThan(0);
      expect(tracer.spans.filter((span) => !span.ended)).toEqual([]);
      return tracer.spans;
    });

  test.each([
    ['/broken/7', 'GET /broken/:id', '/broken/:id', 503, 'redis_unavailable'],
    ['/no/such/route', 'GET', undefined, 404, null],
  ])('of %s is named by the route, and failed only when it is our doing', async (path, name, route, status, failed) => {
    await fetch(at(path), { headers: { traceparent: TRACEPARENT } });
    expect(await ended()).toMatchObject([{ name, failed, within: TRACEPARENT, kind: 'server' }]);
    expect(tracer.spans[0]?.attributes).toMatchObject({ 'http.route': route, 'http.response.status_code': status });
  });

  test('tells the job that it is about, and links the trace of that', async () => {
    const answer = await fetch(at('/jobs/1'));
    expect(await ended()).toMatchObject([{ attributes: { 'gantry.execution.id': 'exec_1' }, linked: [OTHER] }]);
    expect(answer.headers.get('traceparent')).toBe(`00-${'1'.repeat(32)}-0000000000000001-01`);
  });

  test('ends when the client hangs up', async () => {
    const request = httpRequest(at('/hanging'));
    request.on('error', () => undefined).end();
    await eventually(() => expect(tracer.spans).toHaveLength(1));
    request.destroy();
    expect(await ended()).toMatchObject([{ name: 'GET /hanging', attributes: { 'gantry.aborted': true } }]);
  });

  test('is not made for probes, unless they come with a trace', async () => {
    await fetch(at('/healthz'));
    await fetch(at('/healthz'), { headers: { traceparent: TRACEPARENT } });
    expect(await ended()).toMatchObject([{ name: 'GET /healthz', within: TRACEPARENT }]);
  });

  test('is not there where nothing is traced', async () => {
    const idle = serve(idleTracer);
    await once(idle, 'listening');
    const answer = await fetch(at('/jobs/1', idle), { headers: { traceparent: TRACEPARENT } });
    expect([answer.status, answer.headers.get('traceparent')]).toEqual([200, null]);
    idle.closeAllConnections();
    idle.close();
  });
});
