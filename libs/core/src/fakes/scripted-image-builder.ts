import type { BuiltImage, Recipe } from '@gantry/contracts';
import type { BuildOutcome, BuildWatcher, ImageBuilder } from '../ports/index.js';

/** What a scripted build does: says what it likes, waits for what it likes, and may throw. */
export type BuildScript = (watcher: BuildWatcher, signal: AbortSignal) => Promise<void> | void;

/** An engine's images in memory; a build plays a script. What was built and removed is told. */
export class ScriptedImageBuilder implements ImageBuilder {
  readonly built: string[] = [];
  readonly removed: string[] = [];
  readonly #images = new Map<string, BuiltImage>();
  readonly #script: BuildScript;

  constructor(script: BuildScript = () => undefined) {
    this.#script = script;
  }

  find(recipeId: string): Promise<BuiltImage | null> {
    return Promise.resolve(this.#images.get(recipeId) ?? null);
  }

  async ensure(recipeId: string, recipe: Recipe, watcher: BuildWatcher, signal: AbortSignal): Promise<BuildOutcome> {
    signal.throwIfAborted();
    const there = this.#images.get(recipeId);
    if (there) return { image: { ...there, source: 'present' }, installed: recipe.layers.flat() };
    await this.#script(watcher, signal);
    signal.throwIfAborted();
    const image: BuiltImage = {
      reference: `built/${recipeId}`,
      digest: `sha256:${recipeId}`,
      sizeBytes: 1000,
      layersTotal: 3,
      layersCached: 1,
      source: 'built',
    };
    this.built.push(recipeId);
    this.#images.set(recipeId, image);
    return { image, installed: recipe.layers.flat() };
  }

  remove(recipeId: string): Promise<void> {
    if (this.#images.delete(recipeId)) this.removed.push(recipeId);
    return Promise.resolve();
  }

  ready(): readonly string[] {
    return [...this.#images.keys()];
  }

  expire(): Promise<string[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
