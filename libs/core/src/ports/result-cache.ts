/** Which execution has the result of a request that is asked again. Per tenant; all methods throw `redis_unavailable`. */
export interface ResultCache {
  /** The execution remembered for this key, if it has completed and its result is still kept; `null` = none. */
  find(tenant: string, key: string): Promise<string | null>;
  /** Remembers an execution that completes now, for as long as its result is kept. The newest wins; safe to repeat. */
  remember(tenant: string, key: string, executionId: string): Promise<void>;
}
