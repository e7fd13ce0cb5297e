import type { Clock, FileStats, FileStore, StoredFile } from '../ports/index.js';

export class MemoryFileStore implements FileStore {
  readonly #files = new Map<string, StoredFile>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(file: StoredFile, caps: { maxFiles: number; maxBytes: number }): Promise<boolean> {
    const mine = this.#of(file.tenant);
    const bytes = mine.reduce((sum, { size }) => sum + size, 0);
    const fits = mine.length < caps.maxFiles && bytes + file.size <= caps.maxBytes;
    if (fits) this.#files.set(file.id, structuredClone(file));
    return Promise.resolve(fits);
  }

  get(tenant: string, id: string): Promise<StoredFile | null> {
    return Promise.resolve(structuredClone(this.#of(tenant).find((file) => file.id === id) ?? null));
  }

  list(
    tenant: string,
    page: { limit: number; cursor: string | null },
  ): Promise<{ files: StoredFile[]; nextCursor: string | null; total: number }> {
    const mine = this.#of(tenant).sort((a, b) => (a.id < b.id ? 1 : -1));
    const { cursor, limit } = page;
    const after = mine.filter(({ id }) => cursor === null || id < cursor);
    const files = structuredClone(after.slice(0, limit));
    const nextCursor = after.length > limit ? (files.at(-1)?.id ?? null) : null;
    return Promise.resolve({ files, nextCursor, total: mine.length });
  }

  stats(tenant: string): Promise<FileStats> {
    const mine = this.#of(tenant);
    const byLanguage: Record<string, number> = {};
    for (const { language } of mine) if (language !== null) byLanguage[language] = (byLanguage[language] ?? 0) + 1;
    return Promise.resolve({ files: mine.length, bytes: mine.reduce((sum, { size }) => sum + size, 0), byLanguage });
  }

  remove(tenant: string, id: string): Promise<boolean> {
    const known = this.#of(tenant).some((file) => file.id === id);
    return Promise.resolve(known && this.#files.delete(id));
  }

  #of(tenant: string): StoredFile[] {
    const now = this.#clock.now();
    return [...this.#files.values()].filter((file) => file.tenant === tenant && file.expiresAt > now);
  }
}
