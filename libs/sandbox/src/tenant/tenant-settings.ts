/** How long one tenant's containers are kept, and how many. */
export interface TenantPoolSettings {
  /** Of all tenants together. */
  maxContainers: number;
  /** Executions that one serves; then it is replaced. */
  maxUses: number;
  /** From its start; then it is replaced. */
  maxAgeMs: number;
  /** Unused for so long it is removed. */
  idleMs: number;
}

export const TENANT_DEFAULTS: TenantPoolSettings = {
  maxContainers: 8,
  maxUses: 1000,
  maxAgeMs: 300_000,
  idleMs: 60_000,
};
