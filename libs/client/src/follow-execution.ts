import type { ExecutionView, StreamEvent } from '@gantry/contracts';
import { GantryApiError, GantryProtocolError } from './errors.js';
import { chunkOf, remainingOutput, type OutputChunk, type SeenOutput } from './output-chunk.js';

export interface FollowOptions {
  /** Called for each piece of output in order. A returned promise holds back the stream until it is settled. */
  onOutput?: ((chunk: OutputChunk) => void | Promise<void>) | undefined;
  /** Called for each event, output included, before `onOutput`. */
  onEvent?: ((event: StreamEvent) => void | Promise<void>) | undefined;
  /**
   * Called when the program is started anew because its worker was lost (`retry`), before any output of that attempt: what was given until then
   * is not part of the result.
   */
  onRestart?: ((attempt: number) => void | Promise<void>) | undefined;
  /** Ends the following, not the execution: that goes on unless it is cancelled. */
  signal?: AbortSignal | undefined;
}

/** The parts of the client that following needs. */
export interface FollowSource {
  stream(id: string, options: { signal: AbortSignal | undefined }): AsyncIterable<StreamEvent>;
  wait(id: string, options: { signal: AbortSignal | undefined }): Promise<ExecutionView>;
}

/** The result, with all output given on the way. Where events are no longer kept, the rest of the output comes from the result. */
export async function followExecution(
  source: FollowSource,
  id: string,
  options: FollowOptions,
): Promise<ExecutionView> {
  const { signal } = options;
  let seen = nothingSeen(0);
  try {
    for await (const event of source.stream(id, { signal })) {
      await options.onEvent?.(event);
      if (event.type === 'status') {
        const { attempt } = event.data;
        if (seen.attempt > 0 && attempt > seen.attempt) await options.onRestart?.(attempt);
        if (attempt > seen.attempt) seen = nothingSeen(attempt);
      }
      if (event.type === 'result') return await whole(source, event.data, signal);
      if (event.type !== 'stdout' && event.type !== 'stderr') continue;
      const chunk = chunkOf(event);
      note(seen[event.type], chunk);
      await options.onOutput?.(chunk);
    }
  } catch (error) {
    if (!(error instanceof GantryApiError) || error.code !== 'history_gone') throw error;
    return await finishFromResult(await source.wait(id, { signal }), seen, options);
  }
  throw new GantryProtocolError(`The event stream of ${id} ended without a result`);
}

/** The service leaves large output out of the event: the events before it carried it. */
async function whole(
  source: FollowSource,
  view: ExecutionView,
  signal: AbortSignal | undefined,
): Promise<ExecutionView> {
  return view.stdout === null ? source.wait(view.execution_id, { signal }) : view;
}

async function finishFromResult(view: ExecutionView, before: Seen, options: FollowOptions): Promise<ExecutionView> {
  const isLater = before.attempt > 0 && view.attempt > before.attempt;
  if (isLater) await options.onRestart?.(view.attempt);
  const seen = isLater ? nothingSeen(view.attempt) : before;
  for (const stream of ['stdout', 'stderr'] as const) {
    const rest = remainingOutput(view, stream, seen[stream]);
    if (rest) await options.onOutput?.(rest);
  }
  return view;
}

/** What an attempt has written. */
interface Seen extends Record<'stdout' | 'stderr', SeenOutput> {
  /** 0 until it is known. */
  attempt: number;
}

function nothingSeen(attempt: number): Seen {
  return { attempt, stdout: { bytes: 0, incomplete: false }, stderr: { bytes: 0, incomplete: false } };
}

function note(seen: SeenOutput, chunk: OutputChunk): void {
  seen.bytes += chunk.bytes.length;
  if (chunk.droppedBytes !== 0) seen.incomplete = true;
}
