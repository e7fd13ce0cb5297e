import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { FaultyProxy } from './faulty-proxy.js';
import { ServiceProcess } from './process.js';
import { redisUrl } from './requirements.js';
import { inNetwork, SecondEngine } from './second-engine.js';

const exec = promisify(execFile);
const ip = (...args: string[]): Promise<unknown> =>
  exec('ip', args, { env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } });

/**
 * One more machine, as far as the network goes: an engine in a network namespace of its own, whose only way out is a cable to this machine,
 * where nothing but Redis listens. Its clock is what its processes are given.
 */
export class SecondMachine implements AsyncDisposable {
  readonly engine: SecondEngine;
  readonly redisUrl: string;
  readonly #netns: string;
  readonly #redis: FaultyProxy;

  private constructor(netns: string, engine: SecondEngine, redis: FaultyProxy) {
    this.#netns = netns;
    this.engine = engine;
    this.#redis = redis;
    this.redisUrl = redis.address;
  }

  static async start(): Promise<SecondMachine> {
    const id = randomBytes(3).toString('hex');
    const netns = `gantry-${id}`;
    const address = await connectNetwork(netns, id);
    try {
      const redis = await FaultyProxy.beforeRedis(redisUrl(), address);
      return new SecondMachine(netns, await SecondEngine.start(netns), redis);
    } catch (error) {
      await ip('netns', 'delete', netns);
      throw error;
    }
  }

  /** A command of the repository there: `npm run NAME`. */
  npmRun(name: string, env: Record<string, string>): ServiceProcess {
    const own = { DOCKER_HOST: this.engine.dockerHost, REDIS_URL: this.redisUrl };
    return new ServiceProcess(name, { ...surroundings(), ...own, ...env }, [
      ...inNetwork(this.#netns),
      'npm',
      'run',
      '--silent',
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    await this.#redis.close();
    await ip('netns', 'delete', this.#netns);
  }
}

/** What set-up goes by: with the same, it finds the same executor image. */
function surroundings(): Record<string, string> {
  const names = ['HOME', 'GANTRY_HOME', 'XDG_CACHE_HOME', 'NODE_EXTRA_CA_CERTS', 'EXTRA_CA_CERTS', 'DOTNET_IMAGE'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** A namespace and a cable to it. Returns this machine's address on it. */
async function connectNetwork(netns: string, id: string): Promise<string> {
  const [here, there] = [`gm${id}h`, `gm${id}n`];
  const network = `10.214.${Number.parseInt(id.slice(0, 2), 16)}`;
  const first = (Number.parseInt(id.slice(2, 4), 16) & 0xfc) + 1;
  await ip('netns', 'add', netns);
  await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', netns);
  await ip('address', 'add', `${network}.${first}/30`, 'dev', here);
  await ip('link', 'set', here, 'up');
  await ip('-n', netns, 'address', 'add', `${network}.${first + 1}/30`, 'dev', there);
  await ip('-n', netns, 'link', 'set', there, 'up');
  await ip('-n', netns, 'link', 'set', 'lo', 'up');
  return `${network}.${first}`;
}
