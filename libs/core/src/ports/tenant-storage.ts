export interface Holding {
  tenant: string;
  /** What it is held for, such as the id of an execution, in words of the caller. */
  entry: string;
  /** All of this entry, what was held before included. */
  bytes: number;
  /** Epoch milliseconds. */
  until: number;
  /** Of all that the tenant has, uploaded files included; `null` = none; or that with which an execution was submitted. */
  cap: number | null | { ofExecution: string };
}

/** How much room each tenant takes beside uploaded files. Throws `redis_unavailable`, or waits, as the connection does. */
export interface TenantStorage {
  /** Sets how much an entry takes. Not held when it would grow above the cap; what it held before stays then. Safe to repeat. */
  hold(holding: Holding): Promise<{ held: boolean; current: number }>;
  /** Safe to repeat. */
  release(tenant: string, entry: string): Promise<void>;
}
