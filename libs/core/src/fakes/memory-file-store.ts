import type { AddFileOutcome, Clock, FileCaps, FileStats, FileStore, StoredFile } from '../ports/index.js';

export class MemoryFileStore implements FileStore {
  readonly #files = new Map<string, StoredFile>();
  readonly #clock: Clock;
  readonly #kept: (tenant: string) => number;

  /** @param kept bytes that a tenant has beside files */
  constructor(clock: Clock, kept: (tenant: string) => number = () => 0) {
    this.#clock = clock;
    this.#kept = kept;
  }

  add(file: StoredFile, caps: FileCaps): Promise<AddFileOutcome> {
    const mine = this.#of(file.tenant);
    const bytes = mine.reduce((sum, { size }) => sum + size, 0);
    const all = bytes + this.#kept(file.tenant);
    const over = (limit: 'max_files' | 'file_bytes' | 'storage_bytes', current: number): Promise<AddFileOutcome> =>
      Promise.resolve({ added: false, limit, current });
    if (mine.length >= caps.maxFiles) return over('max_files', mine.length);
    if (bytes + file.size > caps.maxBytes) return over('file_bytes', bytes);
    if (caps.maxStorageBytes != null && all + file.size > caps.maxStorageBytes) return over('storage_bytes', all);
    this.#files.set(file.id, structuredClone(file));
    return Promise.resolve({ added: true });
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
