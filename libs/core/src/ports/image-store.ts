import type { BuiltImage, ImageRecord, Recipe } from '@gantry/contracts';

/** What images there are: recipes by id, and each tenant's names for them. All methods throw `redis_unavailable`. */
export interface ImageStore {
  /** Makes a recipe known to this tenant. Safe to repeat; an image that others know too stays one image. */
  put(tenant: string, id: string, recipe: Recipe): Promise<void>;
  /** Points a name of this tenant to an image it knows; a name it had elsewhere moves. */
  tag(tenant: string, name: string, id: string): Promise<void>;
  /** By id or by a name of this tenant; `null` when this tenant knows none. */
  get(tenant: string, idOrName: string): Promise<ImageRecord | null>;
  /** Newest first. `cursor` is a former page's `nextCursor`. */
  list(
    tenant: string,
    page: { limit: number; cursor: string | null },
  ): Promise<{ images: ImageRecord[]; nextCursor: string | null }>;
  /** How many executions of this tenant wait or run on the image. */
  uses(tenant: string, id: string): Promise<number>;
  /** This tenant forgets the image and its names, unless it waits or runs on it. Workers are told when nobody knows it any more. */
  forget(tenant: string, id: string): Promise<ForgetOutcome>;
  /** For workers: the recipe, whoever made it. Counts as a use. */
  recipe(id: string): Promise<Recipe | null>;
  /** After a build: what it became. Also counts as a use; no effect when nobody knows the image. */
  built(id: string, image: BuiltImage): Promise<void>;
  /** Calls back with the id of every image that nobody knows any more, as it happens. Best effort: what is missed expires unused. */
  onForgotten(callback: (id: string) => void): Promise<AsyncDisposable>;
}

export type ForgetOutcome =
  { kind: 'forgotten'; last: boolean } | { kind: 'unknown' } | { kind: 'in_use'; uses: number };
