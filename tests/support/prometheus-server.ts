import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { PROMETHEUS } from './dashboards.js';
import { eventually } from './eventually.js';
import { prometheusProgram } from './requirements.js';

export interface Series {
  metric: Record<string, string>;
  /** Of a query for a moment. */
  value?: [number, string];
  /** Of a query for a range. */
  values?: [number, string][];
}

interface ScrapeConfig {
  job_name: string;
}

/** An alert that always fires: so there is something to see where dashboards ask for alerts. */
const DRILL = { groups: [{ name: 'drill', rules: [{ alert: 'GantryDrill', expr: 'vector(1)' }] }] };

/** A real Prometheus with our configuration and rules, which scrapes every second. */
export class PrometheusServer {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #url: string;
  #log = '';

  private constructor(child: ChildProcess, directory: string, url: string) {
    this.#child = child;
    this.#directory = directory;
    this.#url = url;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.#log = (this.#log + chunk).slice(-20_000)));
  }

  /** @param targets `host:port` by the names of our jobs */
  static async start(targets: Record<string, string[]>): Promise<PrometheusServer> {
    const directory = await mkdtemp(path.join(tmpdir(), 'gantry-prometheus-'));
    await writeFile(path.join(directory, 'drill.yml'), stringify(DRILL));
    await writeFile(path.join(directory, 'prometheus.yml'), await configuration(directory, targets));
    const port = await freePort();
    const child = spawn(
      prometheusProgram(),
      [
        `--config.file=${path.join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${path.join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const server = new PrometheusServer(child, directory, `http://127.0.0.1:${port}`);
    await eventually(() => server.#assertReady(), 20_000).catch(async (error: unknown) => {
      await server.close();
      throw new Error(`Prometheus did not start:\n${server.#log}`, { cause: error });
    });
    return server;
  }

  query(expression: string): Promise<Series[]> {
    return this.#ask<{ result: Series[] }>('query', { query: expression }).then(({ result }) => result);
  }

  queryRange(expression: string, seconds: number): Promise<Series[]> {
    const end = Date.now() / 1000;
    const range = { start: String(end - seconds), end: String(end), step: '1' };
    return this.#ask<{ result: Series[] }>('query_range', { query: expression, ...range }).then(({ result }) => result);
  }

  async rules(): Promise<{ name: string; health: string; lastError?: string }[]> {
    const { groups } = await this.#ask<{ groups: { rules: { name: string; health: string }[] }[] }>('rules', {});
    return groups.flatMap((group) => group.rules);
  }

  async targets(): Promise<{ health: string; lastError: string; labels: Record<string, string> }[]> {
    type Targets = { activeTargets: { health: string; lastError: string; labels: Record<string, string> }[] };
    return (await this.#ask<Targets>('targets', { state: 'active' })).activeTargets;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #assertReady(): Promise<void> {
    const response = await fetch(`${this.#url}/-/ready`);
    if (!response.ok) throw new Error(`not ready: ${response.status}`);
  }

  async #ask<T>(what: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${answer.error ?? 'refused'}`);
    return answer.data;
  }
}

/** Ours, with these targets instead of what it looks up by name. */
async function configuration(directory: string, targets: Record<string, string[]>): Promise<string> {
  const ours = parse(await readFile(path.join(PROMETHEUS, 'prometheus.yml'), 'utf8')) as {
    rule_files: string[];
    scrape_configs: ScrapeConfig[];
  };
  return stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [
      ...ours.rule_files.map((pattern) => path.join(PROMETHEUS, pattern)),
      path.join(directory, 'drill.yml'),
    ],
    scrape_configs: ours.scrape_configs
      .filter(({ job_name: job }) => targets[job])
      .map(({ job_name: job }) => ({ job_name: job, static_configs: [{ targets: targets[job] }] })),
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
