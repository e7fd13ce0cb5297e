import { SpanKind, type Context } from '@opentelemetry/api';
import { SamplingDecision, type Sampler, type SamplingResult } from '@opentelemetry/sdk-trace';

export interface ClientSamplerOptions {
  /** Traces that clients ask for and that are recorded because they do. As many may come at once after a pause. */
  perSecond: number;
  /** Share of the others that is recorded, as of traces that begin here; not by their ids, which clients choose. */
  ratio: number;
  /** Milliseconds, of no particular beginning. */
  now?: () => number;
  random?: () => number;
}

/**
 * For spans whose parent, in another process, is recorded. That a client says so is a wish, which costs us: it is granted up to a rate. What a
 * gateway has decided holds for the workers.
 */
export class ClientSampler implements Sampler {
  readonly #options: Required<ClientSamplerOptions>;
  readonly #most: number;
  #left: number;
  #at: number;

  constructor(options: ClientSamplerOptions) {
    this.#options = { now: () => performance.now(), random: Math.random, ...options };
    this.#most = options.perSecond > 0 ? Math.max(1, options.perSecond) : 0;
    this.#left = this.#most;
    this.#at = this.#options.now();
  }

  shouldSample(_context: Context, _traceId: string, _name: string, kind: SpanKind): SamplingResult {
    // Spans of requests and tool calls are the only ones whose parent is a client's.
    const isRecorded = kind !== SpanKind.SERVER || this.#options.random() < this.#options.ratio || this.#grant();
    return { decision: isRecorded ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return `ClientSampler{perSecond=${this.#options.perSecond}, ratio=${this.#options.ratio}}`;
  }

  #grant(): boolean {
    const at = this.#options.now();
    this.#left = Math.min(this.#most, this.#left + ((at - this.#at) / 1000) * this.#options.perSecond);
    this.#at = at;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
