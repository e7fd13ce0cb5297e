import type { Runtime } from '@gantry/contracts';

/** The languages this deployment knows. */
export interface RuntimeCatalog {
  list(): readonly Runtime[];
  /** By name or alias, whatever the case; `null` when unknown. */
  resolve(nameOrAlias: string): Runtime | null;
}
