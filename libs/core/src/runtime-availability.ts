import type { Runtime, WorkerStatus } from '@gantry/contracts';
import { runtimeRecipe } from './runtime-recipe.js';

export interface RuntimeAvailability {
  /** `on_first_use`: a worker makes its image when it is first asked for. */
  image: 'ready' | 'on_first_use' | 'unavailable';
  /** Why it is unavailable. */
  reason: string | null;
  /** Recipe of its image; `null` = the executor image. */
  imageId: string | null;
}

/** What can be had now, as the workers that can run something tell. */
export function runtimeAvailability(runtime: Runtime, workers: readonly WorkerStatus[]): RuntimeAvailability {
  const id = runtimeRecipe(runtime)?.id ?? null;
  const usable = workers.filter(({ engine, draining }) => engine.available && !draining);
  if (usable.length === 0) return { image: 'unavailable', reason: 'No worker can run anything now', imageId: id };
  if (id === null || usable.some(({ images }) => images.includes(id)))
    return { image: 'ready', reason: null, imageId: id };
  const failures = usable.map(({ imageFailures }) => imageFailures.find((failure) => failure.id === id));
  const last = failures.reduce((a, b) => (a && b && a.agoMs < b.agoMs ? a : b));
  // While one has not tried, or its failure is long ago, it may succeed.
  if (failures.every((failure) => failure !== undefined))
    return { image: 'unavailable', reason: last?.message ?? null, imageId: id };
  return { image: 'on_first_use', reason: null, imageId: id };
}
