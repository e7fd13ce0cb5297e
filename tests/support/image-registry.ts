import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { registryProgram } from './requirements.js';

/** Whom a closed registry lets in. */
export const REGISTRY_AUTH = { username: 'gantry', password: 'gantry-password' };
const HTPASSWD = 'gantry:$2b$04$dGGTyGYyigJfHA.gMJ205elBBVcZcV1Yv6Y1sdAF5H87CfLlFMKN2';
const AUTHORIZATION = `Basic ${Buffer.from(`${REGISTRY_AUTH.username}:${REGISTRY_AUTH.password}`).toString('base64')}`;

/** A real image registry on this machine. Engines take 127.0.0.0/8 for a place where no TLS is needed. */
export class LocalRegistry implements AsyncDisposable {
  readonly host: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(host: string, child: ChildProcess, directory: string) {
    this.host = host;
    this.#child = child;
    this.#directory = directory;
  }

  /** `closed` = only for REGISTRY_AUTH. */
  static async open({ closed = false } = {}): Promise<LocalRegistry> {
    const directory = await mkdtemp(join(tmpdir(), 'gantry-registry-'));
    const host = `127.0.0.1:${await freePort()}`;
    const config = join(directory, 'config.yml');
    const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(directory, 'data')}\n`;
    const users = join(directory, 'users');
    await writeFile(users, `${HTPASSWD}\n`);
    const auth = closed ? `auth:\n  htpasswd:\n    realm: gantry\n    path: ${users}\n` : '';
    await writeFile(config, `version: 0.1\nlog:\n  level: error\n${storage}${auth}http:\n  addr: ${host}\n`);
    const child = spawn(registryProgram(), ['serve', config], { stdio: 'ignore' });
    const registry = new LocalRegistry(host, child, directory);
    await eventually(async () => {
      const { status } = await fetch(`http://${host}/v2/`, { headers: { authorization: AUTHORIZATION } });
      if (status !== 200) throw new Error(`the registry answers ${status}`);
    });
    return registry;
  }

  /** Tags of a repository; empty when there is none. */
  async tags(repository: string): Promise<string[]> {
    const headers = { authorization: AUTHORIZATION };
    const answer = await fetch(`http://${this.host}/v2/${repository}/tags/list`, { headers });
    const { tags } = (await answer.json()) as { tags?: string[] | null };
    return tags ?? [];
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
