import type { BuiltImage, PackageSpec, Recipe } from '@gantry/contracts';

export interface BuildWatcher {
  /** A line of the build's log, without its line end; lengths are capped. */
  line(text: string): void;
  /** What is done now, for people: `installing pip packages (2/3)`. */
  progress(message: string, percent?: number): void;
}

export interface BuildOutcome {
  image: BuiltImage;
  /** What was really installed, in exact versions, as far as the managers say. */
  installed: PackageSpec[];
}

/** Images on the engine of one worker. */
export interface ImageBuilder {
  /** The image if it is there and made from the present base; never builds. Throws `engine_unavailable`. */
  find(recipeId: string, recipe: Recipe): Promise<BuiltImage | null>;
  /**
   * The image: found, else pulled from the registry, else built. However many ask for one recipe at once, on however many workers of an
   * engine, it is made once; each of them sees lines and progress from when it joined. A signal that aborts leaves; when the last one
   * leaves, the build stops. Throws `build_failed` and `build_limit` (with `build`: reason and failing line), `base_unavailable`,
   * `engine_unavailable`.
   */
  ensure(recipeId: string, recipe: Recipe, watcher: BuildWatcher, signal: AbortSignal): Promise<BuildOutcome>;
  /** Removes the image from this engine. No effect when it is not there; throws `image_in_use` when a container uses it. */
  remove(recipeId: string): Promise<void>;
  /** Ids of recipes whose image is ready on this engine, as of the last look. */
  ready(): readonly string[];
  /** Removes images that nobody used for `unusedMs`, and the oldest ones past `maxBytes` in all; never one in use. Returns their ids. */
  expire(rules: { unusedMs: number; maxBytes: number }): Promise<string[]>;
  /** Stops builds under way and releases what is held. */
  close(): Promise<void>;
}
