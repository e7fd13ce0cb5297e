import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import type { Response } from 'express';
import { requestSignal } from './request-signal.js';

test('is aborted for a client that has gone before it was asked for, and while it waits', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    const early = requestSignal(response as Response);
    expect(early.aborted).toBe(false);
    client.destroy();
    await once(response, 'close');
    expect(early.aborted).toBe(true);
    expect(requestSignal(response as Response).aborted).toBe(true);
  } finally {
    server.close();
  }
});
