import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { randomUUID } from 'node:crypto';

interface Heard {
  status: number;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** What clients with idempotency keys were told. */
export interface Tally {
  /** By the number that its program prints. */
  ended: Map<number, { id: string; status: string; stdout: string }>;
  /** 503 with Retry-After. */
  askedToWait: number;
  /** Connections that ended without an answer: those that had carried one before, which a server may close in the moment of the next request, and fresh ones. */
  cut: { reused: string[]; fresh: string[] };
  /** Everything else that is no result and no 202. */
  wrong: string[];
}

/** Clients that run one program after another over kept-alive connections, each to its end, and repeat with its key what was not answered. */
export class SteadyClients {
  readonly tally: Tally = { ended: new Map(), askedToWait: 0, cut: { reused: [], fresh: [] }, wrong: [] };
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: Promise<void>[];
  #next = 0;
  #stopped = false;
  #abandoned = false;

  constructor(url: string, count: number) {
    this.#url = url;
    this.#clients = Array.from({ length: count }, () => this.#live());
  }

  /** Resolves when what was begun has ended. */
  async stop(): Promise<Tally> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
    return this.tally;
  }

  /** Leaves what was begun as it is. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#agent.destroy();
    await this.stop();
  }

  async #live(): Promise<void> {
    while (!this.#stopped) await this.#runOne(this.#next++);
  }

  async #runOne(number: number): Promise<void> {
    const key = randomUUID();
    const program = { language: 'bash', code: `sleep 0.3; echo ${number}`, wait_seconds: 10 };
    let id: string | null = null;
    const deadline = Date.now() + 60_000;
    while (!this.#abandoned) {
      const heard: Heard | null = await (id === null
        ? this.#ask('POST', '/execute', program, { 'idempotency-key': key })
        : this.#ask('GET', `/executions/${id}?wait_seconds=10`));
      const told: unknown = heard?.body['execution_id'];
      if (heard && typeof told === 'string') {
        if (id !== null && told !== id) this.tally.wrong.push(`${number} had two ids: ${id}, ${told}`);
        id = told;
        const { status, stdout } = heard.body as { status: string; stdout?: string };
        if (!['pending', 'running', 'started'].includes(status)) {
          this.tally.ended.set(number, { id, status, stdout: stdout ?? '' });
          return;
        }
      }
      if (Date.now() > deadline) {
        this.tally.wrong.push(`${number} (${id ?? 'not accepted'}) did not end`);
        return;
      }
    }
  }

  /** `null`: ask again. */
  async #ask(method: string, path: string, body?: object, headers = {}): Promise<Heard | null> {
    const heard = await this.#send(method, path, body, headers);
    if (heard === null || heard.status < 300) return heard;
    const retryAfter = Number(heard.headers['retry-after']);
    if (heard.status === 503 && retryAfter > 0) this.tally.askedToWait++;
    else this.tally.wrong.push(`${method} ${path}: ${heard.status} ${JSON.stringify(heard.body)}`);
    await new Promise((resolve) => setTimeout(resolve, 1000 * (retryAfter || 1)));
    return null;
  }

  #send(method: string, path: string, body: object | undefined, headers: object): Promise<Heard | null> {
    return new Promise((resolve) => {
      const type = body ? { 'content-type': 'application/json' } : {};
      const sent = request(this.#url + path, { method, agent: this.#agent, headers: { ...type, ...headers } });
      sent.on('error', (error) => {
        this.tally.cut[sent.reusedSocket ? 'reused' : 'fresh'].push(`${method} ${path}: ${error.message}`);
        setTimeout(() => resolve(null), 100);
      });
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => sent.emit('error', error));
        response.on('end', () => {
          const { statusCode: status = 0, headers: heard } = response;
          const text = Buffer.concat(chunks).toString();
          resolve({ status, headers: heard, body: JSON.parse(text) as never });
        });
      });
      sent.end(body ? JSON.stringify(body) : undefined);
    });
  }
}
