import { AppError, messageOf, unranResult, type ExecutionRecord, type ExecutionResult } from '@gantry/contracts';
import { EventWriter } from './event-writer.js';
import { executionImage, type ExecutionImage } from './execution-image.js';
import type { Clock, EventLog, ImageBuilder, Tracer } from './ports/index.js';
import type { NamedRecipe } from './runtime-recipe.js';
import { SPAN } from './tracing/span-names.js';

export interface ProvideImageDeps {
  builder: ImageBuilder;
  events: EventLog;
  clock: Clock;
  tracer: Tracer;
}

export type ProvidedImage =
  | { kind: 'ready'; image: ExecutionImage; imageMs: number; events: EventWriter }
  | { kind: 'ended'; result: ExecutionResult };

/**
 * Has the image of a started execution made, and tells its client what is done. The events that follow go through the same writer: their
 * numbers go on from here.
 */
export async function provideImage(
  deps: ProvideImageDeps,
  wanted: NamedRecipe,
  run: { record: ExecutionRecord; attempt: number; signal: AbortSignal },
): Promise<ProvidedImage> {
  const { record, attempt, signal } = run;
  const events = new EventWriter(deps.events, deps.clock, { id: record.id, attempt });
  events.progress(`building image ${wanted.id} for ${record.request.runtime}`);
  const watcher = {
    line: (): void => undefined,
    progress: (message: string, percent?: number): void => events.progress(message, percent),
  };
  const startedAt = deps.clock.monotonic();
  const elapsedMs = (): number => Math.round(deps.clock.monotonic() - startedAt);
  try {
    const attributes = { 'gantry.image.id': wanted.id };
    const { image } = await deps.tracer.span(SPAN.buildImage, { attributes }, () =>
      deps.builder.ensure(wanted.id, wanted.recipe, watcher, signal),
    );
    return { kind: 'ready', image: executionImage(wanted.recipe, image.reference), imageMs: elapsedMs(), events };
  } catch (error) {
    await events.close();
    return { kind: 'ended', result: { ...unmade(error, signal), imageMs: elapsedMs() } };
  }
}

function unmade(error: unknown, signal: AbortSignal): ExecutionResult {
  if (signal.reason === 'cancelled')
    return unranResult('cancelled', 'cancelled', 'Cancelled while its image was built');
  if (signal.aborted) return unranResult('failed', 'worker_lost', 'The worker had to stop before the image was built');
  const line = error instanceof AppError ? error.build?.failingLine : null;
  const message = messageOf(error);
  const where = line != null && !message.includes(line) ? ` (${line})` : '';
  return unranResult('failed', 'image_unavailable', `Its image could not be made: ${message}${where}`);
}
