import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { queueOptions, type QueueName } from './job-options.js';

export interface QueueBoardOptions {
  /** A connection that fails fast; the caller closes it. */
  redis: Redis;
  deployment: string;
  /** Where it is mounted, e.g. `/admin/queues`. */
  path: string;
}

/** As Node's HTTP server and every framework on it take it. */
export type QueueBoardHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export interface QueueBoard {
  handle: QueueBoardHandler;
  close(): Promise<void>;
}

const QUEUES: readonly QueueName[] = ['execution', 'image', 'webhook'];

/**
 * A page that shows the queues, and its API. It changes nothing: what is in a queue is a trigger, and taking it away by hand would leave
 * its execution waiting. A job's data is an id, never what a client sent.
 */
export function createQueueBoard({ redis, deployment, path }: QueueBoardOptions): QueueBoard {
  const queues = QUEUES.map((name) => {
    const queue = new Queue(name, { connection: redis, ...queueOptions(deployment) });
    // Each call that fails tells its caller; without a listener the same error would also end the process.
    queue.on('error', () => undefined);
    return queue;
  });
  const server = new ExpressAdapter().setBasePath(path);
  const shown = queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }));
  createBullBoard({ queues: shown, serverAdapter: server, options: { uiConfig: { boardTitle: 'Gantry queues' } } });
  const app = server.getRouter() as QueueBoardHandler & { disable(setting: string): void };
  app.disable('x-powered-by');
  return {
    handle: app,
    close: async () => {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}
