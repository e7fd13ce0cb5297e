import type { AddFileOutcome, FileCaps, FileStats, FileStore, StoredFile } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor } from '../keys.js';
import { answered } from '../redis-connection.js';
import { runScript } from '../run-script.js';
import { ADD_FILE, FILE_STATS, LIST_FILES, REMOVE_FILE } from '../scripts/file-scripts.js';

export class RedisFileStore implements FileStore {
  readonly #redis: Redis;
  readonly #prefix: string;

  constructor(options: { redis: Redis; deployment: string }) {
    this.#redis = options.redis;
    this.#prefix = keysFor(options.deployment).prefix;
  }

  async add(file: StoredFile, caps: FileCaps): Promise<AddFileOutcome> {
    const { tenant, id, size, language, expiresAt } = file;
    const facts = [tenant, id, JSON.stringify(file), size, language ?? '', expiresAt];
    const answer = await this.#run(ADD_FILE, [...facts, caps.maxFiles, caps.maxBytes, caps.maxStorageBytes ?? '']);
    const [outcome, current] = answer as ['added' | 'max_files' | 'file_bytes' | 'storage_bytes', string];
    return outcome === 'added' ? { added: true } : { added: false, limit: outcome, current: Number(current) };
  }

  async get(tenant: string, id: string): Promise<StoredFile | null> {
    const json = await answered(this.#redis.get(`${this.#prefix}:file:${id}`));
    const file = json === null ? null : (JSON.parse(json) as StoredFile);
    return file?.tenant === tenant ? file : null;
  }

  async list(
    tenant: string,
    page: { limit: number; cursor: string | null },
  ): Promise<{ files: StoredFile[]; nextCursor: string | null; total: number }> {
    // One more than asked for tells whether there is another page.
    const args = [tenant, page.limit + 1, page.cursor ?? ''];
    const [total, ...found] = (await this.#run(LIST_FILES, args)) as [number, ...string[]];
    const all = found.filter((json) => json !== '').map((json) => JSON.parse(json) as StoredFile);
    const files = all.slice(0, page.limit);
    return { files, total, nextCursor: found.length > page.limit ? (files.at(-1)?.id ?? null) : null };
  }

  async stats(tenant: string): Promise<FileStats> {
    const answer = (await this.#run(FILE_STATS, [tenant])) as string[];
    const stats: FileStats = { files: 0, bytes: 0, byLanguage: {} };
    for (let i = 0; i < answer.length; i += 2) {
      const [name, value] = [answer[i] ?? '', Number(answer[i + 1])];
      if (name === 'files' || name === 'bytes') stats[name] = value;
      else stats.byLanguage[name.slice('l:'.length)] = value;
    }
    return stats;
  }

  async remove(tenant: string, id: string): Promise<boolean> {
    return (await this.#run(REMOVE_FILE, [tenant, id])) === 1;
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#redis, source, this.#prefix, args));
  }
}
