/** Clients that take no refusal for an answer: each asks again at once, whatever it is told, until they are stopped. */
export class ImpatientClients implements AsyncDisposable {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #clients: Promise<void>[];
  #stopped = false;
  /** Answers by their status; 0 = none. */
  readonly answers = new Map<number, number>();

  constructor(url: string, count: number, key?: string) {
    this.#url = url;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    this.#clients = Array.from({ length: count }, (_, i) => this.#live(i));
  }

  get asked(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #live(i: number): Promise<void> {
    for (let n = i; !this.#stopped; n++) {
      const status = await this.#ask(n);
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    }
  }

  async #ask(n: number): Promise<number> {
    const program = JSON.stringify({ language: 'bash', code: ':', wait_seconds: 0 });
    const submit = { method: 'POST', headers: { ...this.#headers, 'content-type': 'application/json' }, body: program };
    const headers = this.#headers;
    const asked = [
      () => fetch(`${this.#url}/execute`, submit),
      () => fetch(`${this.#url}/executions`, { headers }),
      () => fetch(`${this.#url}/readyz`),
      () => fetch(`${this.#url}/nowhere`, { headers }),
    ];
    try {
      const response = await (asked[n % asked.length] as () => Promise<Response>)();
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }
}
