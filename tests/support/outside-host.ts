import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PORT = 7777;
/** The range that 6to4 relays once had: treated as public everywhere, and nobody is there. */
const PUBLIC = '192.88.99';
const SERVER = `require('node:net').createServer((socket) => socket.on('error', () => {}).end('outside')).listen(${PORT}, () => console.log('up'))`;

/** A machine with a public address, beyond this one: a network namespace with a server that says `outside`. Needs root. */
export class OutsideHost implements AsyncDisposable {
  readonly address: string;
  readonly port = PORT;
  readonly #name: string;
  readonly #server: ChildProcess;

  private constructor(name: string, address: string, server: ChildProcess) {
    this.#name = name;
    this.address = address;
    this.#server = server;
  }

  /** `network`: the first three bytes of its address, and which of the 64 parts of it; else any part of a network that is public. */
  static async start(network = PUBLIC, part = randomInt(64)): Promise<OutsideHost> {
    const name = `gto${randomBytes(3).toString('hex')}`;
    const peer = `${name}p`;
    const [near, far] = [`${network}.${part * 4 + 1}`, `${network}.${part * 4 + 2}`];
    const inside = ['netns', 'exec', name];
    for (const command of [
      ['netns', 'add', name],
      ['link', 'add', name, 'type', 'veth', 'peer', 'name', peer, 'netns', name],
      ['address', 'add', `${near}/30`, 'dev', name],
      ['link', 'set', name, 'up'],
      ['-netns', name, 'address', 'add', `${far}/30`, 'dev', peer],
      ['-netns', name, 'link', 'set', peer, 'up'],
    ])
      await run('ip', command);
    const server = spawn('ip', [...inside, process.execPath, '-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    return new OutsideHost(name, far, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.kill('SIGKILL');
    await ended;
    await run('ip', ['link', 'delete', this.#name]);
    await run('ip', ['netns', 'delete', this.#name]);
  }
}
