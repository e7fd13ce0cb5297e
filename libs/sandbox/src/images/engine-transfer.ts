import { AppError } from '@gantry/contracts';
import type { Engine } from '../engine.js';
import { toAppError } from '../engine-error.js';

const FIRST_ANSWER_MS = 20_000;
const MAX_MESSAGE_CHARS = 1024 * 1024;

export interface Transfer {
  reference: string;
  /** All of it may take this long; the registry's first answer less. */
  ms: number;
  auth?: { username: string; password: string } | undefined;
}

/** Pulls an image to its end. Throws what the registry said, or the signal's reason. */
export async function followPull(engine: Engine, transfer: Transfer, signal: AbortSignal): Promise<void> {
  await follow(transfer, signal, (options) => engine.docker.pull(transfer.reference, options));
}

export async function followPush(engine: Engine, transfer: Transfer, signal: AbortSignal): Promise<void> {
  await follow(transfer, signal, (options) => engine.docker.getImage(transfer.reference).push(options));
}

type Begin = (options: {
  authconfig?: { username: string; password: string };
  abortSignal: AbortSignal;
}) => Promise<NodeJS.ReadableStream>;

async function follow({ reference, ms, auth }: Transfer, signal: AbortSignal, begin: Begin): Promise<void> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const late = (): void =>
    stop.abort(new AppError('engine_unavailable', `The registry of ${reference} takes too long`));
  let timer = setTimeout(late, Math.min(ms, FIRST_ANSWER_MS));
  try {
    const answer = await begin({ abortSignal: stop.signal, ...(auth === undefined ? {} : { authconfig: auth }) });
    clearTimeout(timer);
    timer = setTimeout(late, ms);
    await readToEnd(answer);
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw toAppError(error, `transfer ${reference}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** A transfer's failure is a message in a stream that began well. */
async function readToEnd(answer: NodeJS.ReadableStream): Promise<void> {
  let pending = '';
  for await (const chunk of answer) {
    const messages = (pending + String(chunk)).split('\n');
    pending = (messages.pop() ?? '').slice(0, MAX_MESSAGE_CHARS);
    for (const message of messages) refuse(message);
  }
  refuse(pending);
}

function refuse(text: string): void {
  let message: { error?: unknown };
  try {
    message = JSON.parse(text) as { error?: unknown };
  } catch {
    return;
  }
  if (typeof message.error === 'string') throw new AppError('sandbox_failed', message.error);
}
