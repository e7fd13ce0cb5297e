/** One that waits. */
export interface Waiting {
  id: string;
  tenant: string;
  lane: string;
  /** Less is served first among those of one tenant. */
  place: number;
}

interface Lane {
  time: number;
  /** Who waits, by start tag; also those at their cap, who are passed over. */
  tags: Map<string, number>;
  /** Finish tags of who was served. */
  served: Map<string, number>;
  waiting: Waiting[];
}

/** Start-time fair queueing among the tenants of a lane, by the rules of docs/scheduling.md. */
export class MemoryLanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #isCapped: (tenant: string) => boolean;

  constructor(isCapped: (tenant: string) => boolean) {
    this.#isCapped = isCapped;
  }

  /** @param back tag of the turn that is given back */
  enter(one: Waiting, back?: number): void {
    let lane = this.#lanes.get(one.lane);
    if (!lane) this.#lanes.set(one.lane, (lane = { time: 0, tags: new Map(), served: new Map(), waiting: [] }));
    lane.waiting.push(one);
    lane.waiting.sort((a, b) => a.place - b.place);
    const tag = lane.tags.get(one.tenant);
    const from = back === undefined ? null : Math.min(back, lane.time);
    if (tag === undefined) {
      const start = from ?? Math.max(lane.time, lane.served.get(one.tenant) ?? 0);
      lane.tags.set(one.tenant, start);
    } else if (from !== null) {
      lane.tags.set(one.tenant, Math.max(tag - 1, from));
    }
  }

  leave(id: string): void {
    for (const [name, lane] of this.#lanes) {
      const left = lane.waiting.find((one) => one.id === id);
      if (!left) continue;
      lane.waiting = lane.waiting.filter((one) => one !== left);
      if (!lane.waiting.some(({ tenant }) => tenant === left.tenant)) lane.tags.delete(left.tenant);
      if (lane.waiting.length === 0) this.#lanes.delete(name);
    }
  }

  /** Whose turn it is, in the lane that requires nothing or in those that these tags satisfy; its turn is over with that. */
  next(tags: readonly string[]): { id: string; tag: number } | null {
    for (const [name, lane] of this.#lanes) {
      const isServed =
        tags.length === 0 ? name === '' : name !== '' && name.split('+').every((tag) => tags.includes(tag));
      const next = isServed ? this.#firstOf(lane) : null;
      if (!next) continue;
      const { tenant, tag, id } = next;
      lane.time = Math.max(lane.time, tag);
      lane.served.set(tenant, tag + 1);
      lane.tags.set(tenant, tag + 1);
      // Served lanes go to the end, so that each has its turn.
      this.#lanes.delete(name);
      this.#lanes.set(name, lane);
      this.leave(id);
      return { id, tag };
    }
    return null;
  }

  /** How many could be taken now of those that require nothing. */
  takeable(freePlaces: (tenant: string) => number): number {
    const lane = this.#lanes.get('');
    let count = 0;
    for (const tenant of lane?.tags.keys() ?? [])
      count += Math.max(0, Math.min(freePlaces(tenant), this.#of(lane as Lane, tenant).length));
    return count;
  }

  place({
    id,
    tenant,
    lane: name,
  }: Pick<Waiting, 'id' | 'tenant' | 'lane'>): { ahead: number; ownAhead: number } | null {
    const lane = this.#lanes.get(name);
    const own = lane ? this.#of(lane, tenant).findIndex((one) => one.id === id) : -1;
    if (!lane || own < 0) return null;
    const turn = (lane.tags.get(tenant) ?? 0) + own;
    let ahead = own;
    for (const [other, tag] of lane.tags) {
      if (other === tenant || this.#isCapped(other)) continue;
      const turns = turn - tag + (other < tenant ? 1 : 0);
      ahead += Math.max(0, Math.min(turns, this.#of(lane, other).length));
    }
    return { ahead, ownAhead: own };
  }

  #firstOf(lane: Lane): { tenant: string; tag: number; id: string } | null {
    const eligible = [...lane.tags].filter(([tenant]) => !this.#isCapped(tenant));
    const [first] = eligible.sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
    if (!first) return null;
    const [tenant, tag] = first;
    const id = this.#of(lane, tenant)[0]?.id;
    return id === undefined ? null : { tenant, tag, id };
  }

  #of(lane: Lane, tenant: string): Waiting[] {
    return lane.waiting.filter((one) => one.tenant === tenant);
  }
}
