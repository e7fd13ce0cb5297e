import type { DayUsage, TenantUsage } from '@gantry/contracts';

/** What tenants used. It is written together with the end of each execution. All methods throw `redis_unavailable`. */
export interface UsageStore {
  /** By the store's clock. */
  read(tenant: string): Promise<TenantUsage>;
  /** Those with an ended execution within the days that are kept, the latest first. */
  tenants(max: number): Promise<{ tenant: string; today: DayUsage }[]>;
}
