import type { Duplex } from 'node:stream';
import { AppError } from '@gantry/contracts';
import Docker from 'dockerode';
import { engineCallName, engineCallOutcome, type EngineCallObserver, type EngineCallOutcome } from './engine-calls.js';
import { codeOf, statusOf, toAppError } from './engine-error.js';
import { withDeadline } from './deadline.js';

/** A busy engine may take seconds for one call; a dead one is told apart by a ping that it does not answer. */
const SUSPICIOUS_AFTER_MS = 1000;
const PING_MS = 1500;
/** No call of ours takes this long on an engine that works. */
const CALL_CEILING_MS = 60_000;
const STALE = new Set(['ECONNRESET', 'EPIPE']);

export interface ImageFacts {
  id: string;
  /** Paths it declares as volumes. */
  volumes: string[];
}

/** The Docker engine by its API. Every call ends: with an answer, with an `AppError`, or with the caller's abort. */
export class Engine {
  readonly docker: Docker;
  readonly #onCall: EngineCallObserver;

  constructor(dockerHost: string, onCall: EngineCallObserver = () => undefined) {
    this.docker = new Docker(dockerOptions(dockerHost));
    this.#onCall = onCall;
  }

  /**
   * Makes one call. When the signal aborts, its reason is thrown and the request is dropped; what the engine had begun may still happen.
   * Throws `engine_unavailable` within 3 s of silence from an engine that does not answer pings either.
   */
  async call<T>(doing: string, request: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const dropped = new AbortController();
    const watch = this.#watch(doing);
    const aborted = abortOf(signal);
    const startedAt = performance.now();
    const observe = (outcome: EngineCallOutcome): void =>
      this.#onCall(engineCallName(doing), outcome, (performance.now() - startedAt) / 1000);
    try {
      const answer = await Promise.race([request(dropped.signal), watch.failed, aborted.thrown]);
      observe('ok');
      return answer;
    } catch (error) {
      dropped.abort();
      if (signal?.aborted === true) throw signal.reason;
      observe(engineCallOutcome(error));
      throw toAppError(error, doing);
    } finally {
      watch.stop();
      aborted.forget();
    }
  }

  /** A call that changes nothing. It is made again when the kept connection turns out to be one that the engine had closed. */
  async read<T>(doing: string, request: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await this.call(doing, request, signal);
    } catch (error) {
      if (signal?.aborted === true || !STALE.has(codeOf((error as Error).cause))) throw error;
      return this.call(doing, request, signal);
    }
  }

  /** Attaches to a container's stdin, stdout and stderr, multiplexed as Docker does. Must come before its start. */
  async attach(id: string, signal?: AbortSignal): Promise<Duplex> {
    const options = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
    const attaching = (abortSignal: AbortSignal) => this.docker.getContainer(id).attach({ ...options, abortSignal });
    return (await this.call('attach to a container', attaching, signal)) as Duplex;
  }

  async image(reference: string, signal?: AbortSignal): Promise<ImageFacts> {
    const doing = `look up the image ${reference}`;
    const options = (abortSignal: AbortSignal) => ({ abortSignal }) as Docker.ImageInspectOptions;
    const info = await this.read(doing, (dropped) => this.docker.getImage(reference).inspect(options(dropped)), signal);
    const volumes = info.Config?.Volumes as Record<string, unknown> | null | undefined;
    return { id: info.Id, volumes: Object.keys(volumes ?? {}) };
  }

  async ping(): Promise<void> {
    await withDeadline(PING_MS, (abortSignal) => pingable(this.docker).ping({ abortSignal }));
  }

  /** Fails once the call is late and the engine silent; a slow engine that answers pings gets the whole ceiling. */
  #watch(doing: string): { failed: Promise<never>; stop(): void } {
    const started = performance.now();
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const failed = new Promise<never>((_, reject) => {
      const look = async (): Promise<void> => {
        try {
          await this.ping();
        } catch (error) {
          if (statusOf(error) === null) return reject(unavailable(doing, 'the Docker engine does not answer', error));
        }
        if (performance.now() - started > CALL_CEILING_MS)
          return reject(unavailable(doing, 'the Docker engine takes too long'));
        if (!stopped) timer = setTimeout(() => void look(), SUSPICIOUS_AFTER_MS);
      };
      timer = setTimeout(() => void look(), SUSPICIOUS_AFTER_MS);
    });
    failed.catch(() => undefined);
    return {
      failed,
      stop: () => {
        stopped = true;
        clearTimeout(timer);
      },
    };
  }
}

function unavailable(doing: string, why: string, cause?: unknown): AppError {
  return new AppError('engine_unavailable', `Could not ${doing}: ${why}`, { cause });
}

/** A promise that rejects when the signal aborts, and a way to stop listening. */
function abortOf(signal: AbortSignal | undefined): { thrown: Promise<never>; forget(): void } {
  let forget = (): void => undefined;
  const thrown = new Promise<never>((_, reject) => {
    if (!signal) return;
    const listener = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', listener, { once: true });
    forget = () => signal.removeEventListener('abort', listener);
  });
  thrown.catch(() => undefined);
  return { thrown, forget };
}

/** The published types leave the abort signal of `ping` and `info` out. */
interface Pingable {
  ping(options: { abortSignal: AbortSignal }): Promise<unknown>;
  info(options: { abortSignal: AbortSignal }): Promise<Record<string, unknown>>;
}

export function pingable(docker: Docker): Pingable {
  return docker;
}

/** `unix:///path`, or `tcp://host:port`. `host` is always given, for the client would else read the environment. */
export function dockerOptions(dockerHost: string): Docker.DockerOptions {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length), host: undefined };
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : null;
  if (url === null || !['tcp:', 'http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new AppError(
      'engine_unavailable',
      `DOCKER_HOST is ${dockerHost}; it must be unix:///path or tcp://host:port`,
    );
  }
  return {
    socketPath: undefined,
    host: url.hostname,
    port: url.port === '' ? '2375' : url.port,
    protocol: url.protocol === 'https:' ? 'https' : 'http',
  };
}
