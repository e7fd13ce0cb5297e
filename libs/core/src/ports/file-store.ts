/** A file a tenant has uploaded. Times are epoch milliseconds. */
export interface StoredFile {
  id: string;
  tenant: string;
  filename: string;
  /** Canonical runtime name, or null. */
  language: string | null;
  size: number;
  sha256: string;
  mediaType: string;
  uploadedAt: number;
  expiresAt: number;
}

export interface FileCaps {
  maxFiles: number;
  maxBytes: number;
  /** Of all that the tenant has, artifacts and files of requests included; `null` or left out = none. */
  maxStorageBytes?: number | null;
}

/** `limit` is the cap that would be exceeded, `current` what there is of it. */
export type AddFileOutcome =
  { added: true } | { added: false; limit: 'max_files' | 'file_bytes' | 'storage_bytes'; current: number };

export interface FileStats {
  files: number;
  bytes: number;
  byLanguage: Record<string, number>;
}

/** What files there are; their bytes are in the blob store. All methods throw `redis_unavailable`. */
export interface FileStore {
  /** Nothing is written when it would exceed one of the tenant's caps. Atomic. */
  add(file: StoredFile, caps: FileCaps): Promise<AddFileOutcome>;
  /** `null` when missing, expired or another tenant's. */
  get(tenant: string, id: string): Promise<StoredFile | null>;
  /** Newest first. */
  list(
    tenant: string,
    page: { limit: number; cursor: string | null },
  ): Promise<{ files: StoredFile[]; nextCursor: string | null; total: number }>;
  stats(tenant: string): Promise<FileStats>;
  remove(tenant: string, id: string): Promise<boolean>;
}
