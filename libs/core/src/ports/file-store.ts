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

export interface FileStats {
  files: number;
  bytes: number;
  byLanguage: Record<string, number>;
}

/** What files there are; their bytes are in the blob store. All methods throw `redis_unavailable`. */
export interface FileStore {
  /** False when it would exceed the tenant's caps; nothing was written then. Atomic. */
  add(file: StoredFile, caps: { maxFiles: number; maxBytes: number }): Promise<boolean>;
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
