import type { ReadyContainer } from './ready-container.js';

/** The containers that this process has asked for and that are not surely gone, by name. */
export class OwnContainers {
  readonly #names = new Set<string>();
  readonly #ready = new Set<ReadyContainer>();
  #whenNone = (): void => undefined;

  add(name: string): void {
    this.#names.add(name);
  }

  addReady(container: ReadyContainer): void {
    this.#ready.add(container);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  removed(name: string): void {
    this.#names.delete(name);
    for (const container of this.#ready) if (container.parts.name === name) this.#ready.delete(container);
    if (this.#names.size === 0) this.#whenNone();
  }

  /** Removes those that are ready and waits for the end of those that are being made or removed, at most `ms`. */
  async removeAll(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const none = new Promise<void>((resolve) => {
      this.#whenNone = resolve;
      timer = setTimeout(resolve, ms);
    });
    for (const container of this.#ready) void container.remove();
    if (this.#names.size > 0) await none;
    clearTimeout(timer);
  }
}
