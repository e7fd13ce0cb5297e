import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpAnswer, ServiceClient } from './service-client.js';

const WAIT_SECONDS = 5;
const PAUSE_MS = 200;
const BODY = { language: 'bash', code: 'echo served', wait_seconds: WAIT_SECONDS };

/**
 * Whether a program that is submitted now completes. One is followed until it has ended: a service that has much to do must not be given more
 * by those who ask whether it is well.
 */
export async function isServed(client: ServiceClient, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  let key = randomUUID();
  let id: string | null = null;
  for (let gateway = 0; Date.now() < deadline; gateway++) {
    const answer: HttpAnswer = await (id === null ? submit(client, gateway, key) : look(client, gateway, id));
    if (answer.status === 200 && answer.body['status'] === 'completed') return true;
    if (isGone(answer)) {
      key = randomUUID();
      id = null;
    } else if (answer.status !== null && answer.status < 300) id = String(answer.body['execution_id']);
    await delay(PAUSE_MS);
  }
  return false;
}

/** Forgotten, or hit by another fault. */
function isGone({ status, body }: HttpAnswer): boolean {
  return status === 404 || (status === 200 && ['failed', 'timeout'].includes(String(body['status'])));
}

function submit(client: ServiceClient, gateway: number, key: string): Promise<HttpAnswer> {
  const headers = { 'idempotency-key': key };
  return ask(client, { gateway, method: 'POST', path: '/execute', body: BODY, headers });
}

function look(client: ServiceClient, gateway: number, id: string): Promise<HttpAnswer> {
  return ask(client, { gateway, method: 'GET', path: `/executions/${id}?wait_seconds=${WAIT_SECONDS}` });
}

type Asked = Omit<Parameters<ServiceClient['call']>[0], 'n' | 'tenant'>;

function ask(client: ServiceClient, asked: Asked): Promise<HttpAnswer> {
  return client.call({ n: -1, tenant: client.world.tenants.length - 1, ...asked, promisedMs: 1000 * WAIT_SECONDS });
}
