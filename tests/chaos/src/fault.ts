import type { World } from './world.js';

/** A fault that has begun. */
export interface Begun {
  /** What was hit, for people. */
  detail: string;
  /** Heals; `null` when there is nothing to heal. */
  end: (() => Promise<void>) | null;
}

/** Begins a fault. @param target picks among what can be hit */
export type Fault = (world: World, target: number) => Promise<Begun>;

/** One of them; `null` when there are none. */
export function pickFrom<T>(from: readonly T[], target: number): T | null {
  return from[target % Math.max(1, from.length)] ?? null;
}
