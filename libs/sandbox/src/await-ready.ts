import { AppError } from '@gantry/contracts';
import { INIT_FRAME, type InitFrame, type InitFrameType } from './frame-codec.js';
import type { InitConnection } from './init-connection.js';
import { parseError, parsePreloaded, parseReady, type ReadyMessage } from './init-messages.js';
import { checkReady } from './ready-check.js';

/** How long to wait for the init's next word, and what ends the wait. */
export interface Patience {
  readyMs: number;
  signal?: AbortSignal;
}

/** From the start of a container; on an idle machine it takes a tenth of a second. */
export const CONTAINER_READY_MS = 20_000;

/** The init's READY, checked. Throws `sandbox_failed` or `protocol_violation` when there is none, and the signal's reason when it aborts. */
export async function awaitReady(connection: InitConnection, patience: Patience): Promise<ReadyMessage> {
  const ready = parseReady(await awaitFrame(connection, INIT_FRAME.ready, patience));
  checkReady(ready);
  return ready;
}

/**
 * The interpreter that waits for its program after a PRELOAD, or `null`: the sandbox is as good without. The init gives up on one that
 * does not come, so only a broken init says nothing; that throws as `awaitReady` does.
 */
export async function awaitPreloaded(connection: InitConnection, patience: Patience): Promise<string | null> {
  return parsePreloaded(await awaitFrame(connection, INIT_FRAME.preloaded, patience));
}

async function awaitFrame(connection: InitConnection, type: InitFrameType, patience: Patience): Promise<Buffer> {
  const frame = await nextFrame(connection, patience);
  if (frame?.type === type) return frame.payload;
  const why = frame?.type === INIT_FRAME.error ? errorText(frame) : connection.complaints || 'it said nothing';
  throw new AppError('sandbox_failed', `The sandbox did not become ready: ${why}`);
}

function errorText(frame: InitFrame): string {
  const { code, text } = parseError(frame.payload);
  return `${code}: ${text}`;
}

async function nextFrame(connection: InitConnection, patience: Patience): Promise<InitFrame | null> {
  patience.signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    const late = (): void =>
      reject(new AppError('sandbox_failed', `The sandbox was not ready within ${patience.readyMs / 1000} s`));
    timer = setTimeout(late, patience.readyMs);
    onAbort = () => reject(patience.signal?.reason as Error);
    patience.signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([connection.next(), stopped]);
  } finally {
    clearTimeout(timer);
    patience.signal?.removeEventListener('abort', onAbort);
  }
}
