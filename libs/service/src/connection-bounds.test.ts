import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { CONNECTION_BOUNDS, fewAtOnce } from './connection-bounds.js';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('a connection has at most 16 requests under way, and the end of it is told to all of them', async () => {
  const begun: ServerResponse[] = [];
  let closed = 0;
  const server = createServer(CONNECTION_BOUNDS);
  server.on(
    'request',
    fewAtOnce((_request, response) => {
      begun.push(response);
      response.on('close', () => closed++);
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const few = connect(port, '127.0.0.1');
    few.write(GET.repeat(16));
    while (begun.length < 16) await once(server, 'request');
    for (const response of begun.splice(0)) response.end('ok');
    await once(few, 'data');
    expect(few.destroyed).toBe(false);
    closed = 0;
    // As many once more, for those were answered; then one more.
    few.write(GET.repeat(17));
    few.on('error', () => undefined).resume();
    await once(few, 'close');
    expect(begun.length).toBe(16);
    expect(closed).toBe(16);
  } finally {
    server.close();
  }
});
