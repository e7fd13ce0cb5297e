import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@gantry/core';
import { EngineProxyConfigSchema, type RunningProxy, startProxy } from '@gantry/engine-proxy';
import { loadConfig } from '@gantry/service';
import { dockerHost, executorImage } from './requirements.js';

export interface Said {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

/** The engine proxy before the real engine, with a deployment of its own. */
export class PolicyProxy implements AsyncDisposable {
  readonly deployment: string;
  readonly socketPath: string;
  /** What it has logged. */
  readonly said: Said[];
  readonly #directory: string;
  readonly #running: RunningProxy;

  private constructor(parts: { deployment: string; directory: string; running: RunningProxy; said: Said[] }) {
    this.deployment = parts.deployment;
    this.#directory = parts.directory;
    this.#running = parts.running;
    this.said = parts.said;
    this.socketPath = parts.running.address.replace('unix://', '');
  }

  static async open(env: Record<string, string> = {}): Promise<PolicyProxy> {
    const deployment = `test-${randomBytes(6).toString('hex')}`;
    const directory = await mkdtemp(join(tmpdir(), 'gantry-policy-proxy-'));
    const config = loadConfig(EngineProxyConfigSchema, {
      DOCKER_HOST: dockerHost(),
      EXECUTOR_IMAGE: executorImage(),
      PROXY_SOCKET: join(directory, 'engine.sock'),
      PROXY_HEALTH_PORT: '0',
      DEPLOYMENT: deployment,
      SHUTDOWN_GRACE_SECONDS: '0',
      ...env,
    });
    const said: Said[] = [];
    const running = await startProxy(config, listeningLogger(said));
    return new PolicyProxy({ deployment: config.DEPLOYMENT, directory, running, said });
  }

  get dockerHost(): string {
    return this.#running.address;
  }

  get healthUrl(): string {
    return `http://127.0.0.1:${this.#running.healthPort}`;
  }

  /** One request as any client would send it. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath: this.socketPath, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      request.on('error', reject).end(text);
    });
  }

  /** Sends these very bytes, and returns all that comes back until the proxy ends the connection, or says nothing more for `quietMs`. */
  raw(bytes: string | Buffer, quietMs = 500): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = createConnection(this.socketPath, () => socket.write(bytes));
      const done = (): void => {
        socket.destroy();
        resolve(Buffer.concat(chunks).toString('latin1'));
      };
      socket.setTimeout(quietMs, done);
      socket.on('data', (chunk) => chunks.push(chunk)).on('end', done);
      socket.on('error', (error) => (chunks.length > 0 ? done() : reject(error)));
    });
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.healthUrl}/metrics`)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function listeningLogger(said: Said[]): Logger {
  const listen =
    (level: Said['level']) =>
    (...words: unknown[]): void => {
      const [fields, message] = words.length > 1 ? words : [{}, words[0]];
      said.push({ level, message: String(message), fields: fields as Record<string, unknown> });
    };
  const logger: Logger = {
    debug: () => undefined,
    info: listen('info'),
    warn: listen('warn'),
    error: listen('error'),
    child: () => logger,
  };
  return logger;
}
