import {
  AdminWorkerList,
  KeyCreated,
  KeyList,
  KeyView,
  TenantUsageView,
  UsageOverview,
  WorkerOrderView,
  type AdminWorkerView,
  type ChangeKeyRequestInput,
  type CreateKeyRequestInput,
} from '@gantry/contracts';
import { ask, type CallOptions } from './ask.js';
import { toSettings, type GantryClientOptions } from './client-options.js';
import type { HttpSettings } from './http.js';

/** What operators ask of a gateway's admin server; `baseUrl` and `apiKey` are that server's. Throws like `GantryClient`. */
export class AdminClient {
  readonly #settings: HttpSettings;

  constructor(options: GantryClientOptions) {
    this.#settings = toSettings(options);
  }

  get baseUrl(): string {
    return this.#settings.baseUrl;
  }

  /** Every worker that is there, with what tells about its machine. */
  async workers({ signal }: CallOptions = {}): Promise<AdminWorkerView[]> {
    const call = { method: 'GET' as const, path: '/admin/workers', signal };
    return (await ask(this.#settings, call, AdminWorkerList, 'The list of workers')).workers;
  }

  /** Returns once the worker has been told; `workers` shows what became of it. Safe to repeat. */
  async orderWorker(id: string, order: 'drain' | 'resume', { signal }: CallOptions = {}): Promise<WorkerOrderView> {
    const path = `/admin/workers/${encodeURIComponent(id)}/${order}`;
    return ask(this.#settings, { method: 'POST', path, signal }, WorkerOrderView, `The answer of worker ${id}`);
  }

  /** Makes a key of the API; the answer is the only one that ever has the key itself. Not repeated: a second try would make a second key. */
  async createKey(order: CreateKeyRequestInput, { signal }: CallOptions = {}): Promise<KeyCreated> {
    const call = {
      method: 'POST' as const,
      path: '/admin/keys',
      body: JSON.stringify(order),
      repeatable: false,
      signal,
    };
    return ask(this.#settings, call, KeyCreated, 'The new key');
  }

  /** Newest first. */
  async keys({ signal }: CallOptions = {}): Promise<KeyView[]> {
    const call = { method: 'GET' as const, path: '/admin/keys', signal };
    return (await ask(this.#settings, call, KeyList, 'The list of keys')).keys;
  }

  /** By id, or by the name of a key in force, as in the next two. */
  async key(idOrName: string, { signal }: CallOptions = {}): Promise<KeyView> {
    return ask(this.#settings, { method: 'GET', path: keyPath(idOrName), signal }, KeyView, `The key ${idOrName}`);
  }

  async changeKey(idOrName: string, change: ChangeKeyRequestInput, { signal }: CallOptions = {}): Promise<KeyView> {
    const call = { method: 'PATCH' as const, path: keyPath(idOrName), body: JSON.stringify(change), signal };
    return ask(this.#settings, call, KeyView, `The key ${idOrName}`);
  }

  /** Returns once it is refused everywhere, or will be within seconds. */
  async revokeKey(idOrName: string, { signal }: CallOptions = {}): Promise<KeyView> {
    return ask(this.#settings, { method: 'DELETE', path: keyPath(idOrName), signal }, KeyView, `The key ${idOrName}`);
  }

  /** What one tenant used. */
  async usageOf(tenant: string, { signal }: CallOptions = {}): Promise<TenantUsageView> {
    const path = `/admin/usage?${new URLSearchParams({ tenant }).toString()}`;
    return ask(this.#settings, { method: 'GET', path, signal }, TenantUsageView, `The usage of ${tenant}`);
  }

  /** What all tenants used today. */
  async usage({ signal }: CallOptions = {}): Promise<UsageOverview> {
    return ask(this.#settings, { method: 'GET', path: '/admin/usage', signal }, UsageOverview, 'The usage');
  }
}

function keyPath(idOrName: string): string {
  return `/admin/keys/${encodeURIComponent(idOrName)}`;
}
