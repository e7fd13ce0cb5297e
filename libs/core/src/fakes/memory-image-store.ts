import type { BuiltImage, ImageRecord, Recipe } from '@gantry/contracts';
import type { Clock, ForgetOutcome, ImageStore } from '../ports/index.js';

type Shared = Omit<ImageRecord, 'names' | 'createdAt'>;

/** Recipes and names in memory, with the same rules as the real ones. Who uses an image is told by the test. */
export class MemoryImageStore implements ImageStore {
  /** Executions of a tenant on an image, by `tenant id`. */
  readonly inUse = new Map<string, number>();
  readonly #clock: Clock;
  readonly #shared = new Map<string, Shared>();
  /** Per tenant: since when it knows which image, in that order. */
  readonly #known = new Map<string, Map<string, number>>();
  readonly #names = new Map<string, Map<string, string>>();
  readonly #listeners = new Set<(id: string) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(tenant: string, id: string, recipe: Recipe): Promise<void> {
    const now = this.#clock.now();
    const entry = { id, recipe: structuredClone(recipe), lastUsedAt: now, digest: null, sizeBytes: null };
    if (!this.#shared.has(id)) this.#shared.set(id, entry);
    const mine = this.#of(this.#known, tenant);
    if (!mine.has(id)) mine.set(id, now);
    return Promise.resolve();
  }

  tag(tenant: string, name: string, id: string): Promise<void> {
    if (this.#known.get(tenant)?.has(id)) this.#of(this.#names, tenant).set(name, id);
    return Promise.resolve();
  }

  get(tenant: string, idOrName: string): Promise<ImageRecord | null> {
    const id = this.#names.get(tenant)?.get(idOrName) ?? idOrName;
    return Promise.resolve(this.#recordOf(tenant, id));
  }

  list(
    tenant: string,
    page: { limit: number; cursor: string | null },
  ): Promise<{ images: ImageRecord[]; nextCursor: string | null }> {
    const ids = [...(this.#known.get(tenant)?.keys() ?? [])].reverse();
    const from = page.cursor === null ? 0 : ids.indexOf(page.cursor) + 1;
    const wanted = ids.slice(from, from + page.limit);
    const images = wanted.map((id) => this.#recordOf(tenant, id)).filter((image) => image !== null);
    return Promise.resolve({ images, nextCursor: from + page.limit < ids.length ? (wanted.at(-1) ?? null) : null });
  }

  uses(tenant: string, id: string): Promise<number> {
    return Promise.resolve(this.inUse.get(`${tenant} ${id}`) ?? 0);
  }

  async forget(tenant: string, id: string): Promise<ForgetOutcome> {
    const uses = await this.uses(tenant, id);
    if (!this.#known.get(tenant)?.has(id)) return { kind: 'unknown' };
    if (uses > 0) return { kind: 'in_use', uses };
    this.#known.get(tenant)?.delete(id);
    for (const [name, target] of this.#names.get(tenant) ?? []) {
      if (target === id) this.#names.get(tenant)?.delete(name);
    }
    const last = ![...this.#known.values()].some((images) => images.has(id));
    if (last) this.#shared.delete(id);
    if (last) for (const listener of this.#listeners) listener(id);
    return { kind: 'forgotten', last };
  }

  recipe(id: string): Promise<Recipe | null> {
    const shared = this.#shared.get(id);
    if (shared) shared.lastUsedAt = this.#clock.now();
    return Promise.resolve(structuredClone(shared?.recipe ?? null));
  }

  built(id: string, image: BuiltImage): Promise<void> {
    const shared = this.#shared.get(id);
    const { digest, sizeBytes } = image;
    if (shared) Object.assign(shared, { digest, sizeBytes, lastUsedAt: this.#clock.now() });
    return Promise.resolve();
  }

  onForgotten(callback: (id: string) => void): Promise<AsyncDisposable> {
    this.#listeners.add(callback);
    return Promise.resolve({ [Symbol.asyncDispose]: async () => void this.#listeners.delete(callback) });
  }

  #recordOf(tenant: string, id: string): ImageRecord | null {
    const shared = this.#shared.get(id);
    const createdAt = this.#known.get(tenant)?.get(id);
    if (!shared || createdAt === undefined) return null;
    const names = [...(this.#names.get(tenant) ?? [])].filter(([, target]) => target === id).map(([name]) => name);
    return structuredClone({ ...shared, names: names.sort(), createdAt });
  }

  #of<T>(all: Map<string, Map<string, T>>, tenant: string): Map<string, T> {
    let mine = all.get(tenant);
    if (!mine) all.set(tenant, (mine = new Map<string, T>()));
    return mine;
  }
}
