import type { EngineLink } from './engine-link.js';
import { type ContainerKind, type InspectedContainer, kindOfContainer } from './policy/container-kind.js';
import { invisible } from './policy/refusal.js';

export interface OwnContainer {
  /** The whole id: a name, or the beginning of an id, may come to mean another container. */
  id: string;
  kind: ContainerKind;
}

const MAX_REMEMBERED = 20_000;

/**
 * Which containers are this deployment's. Those that were created here are remembered; of others the engine is asked once for their labels. Ids
 * are never used again, and labels never change, so what was found stays true; containers that are gone are remembered for questions about
 * their end.
 */
export class OwnContainers {
  readonly #engine: EngineLink;
  readonly #deployment: string;
  readonly #kinds = new Map<string, ContainerKind>();
  readonly #foreign = new Map<string, true>();

  constructor(engine: EngineLink, deployment: string) {
    this.#engine = engine;
    this.#deployment = deployment;
  }

  created(id: string, kind: ContainerKind): void {
    remember(this.#kinds, id, kind, MAX_REMEMBERED);
  }

  knows(id: string): boolean {
    return this.#kinds.has(id);
  }

  /** The container behind an id or a name. Throws a `Refusal` where it is not ours, or not there. */
  async find(reference: string, signal: AbortSignal): Promise<OwnContainer> {
    const known = this.#kinds.get(reference);
    if (known !== undefined) return { id: reference, kind: known };
    const found = this.#foreign.has(reference) ? null : await this.#ask(reference, signal);
    if (found !== null) return found;
    throw invisible(`No such container: ${reference} (or it is not of deployment ${this.#deployment})`);
  }

  /** Those of these that are ours. */
  async only<T extends { Id: string }>(listed: readonly T[], signal: AbortSignal): Promise<T[]> {
    const own: T[] = [];
    for (const each of listed) {
      const { Id: id } = each;
      if (this.#kinds.has(id) || (!this.#foreign.has(id) && (await this.#ask(id, signal)) !== null)) own.push(each);
    }
    return own;
  }

  async #ask(reference: string, signal: AbortSignal): Promise<OwnContainer | null> {
    const { status, body } = await this.#engine.ask({ method: 'GET', path: `/containers/${reference}/json` }, signal);
    if (status === 404) return null;
    const inspected = body as InspectedContainer | null;
    const id = inspected?.Id;
    if (inspected === null || typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id))
      throw new Error(`the engine answers ${status} when it is asked for a container`);
    const kind = kindOfContainer(inspected, this.#deployment);
    if (kind === null) {
      remember(this.#foreign, id, true, MAX_REMEMBERED);
      return null;
    }
    remember(this.#kinds, id, kind, MAX_REMEMBERED);
    return { id, kind };
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
