import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the repository, also for what is compiled to somewhere else in it. */
export const ROOT = above(dirname(fileURLToPath(import.meta.url)));

function above(directory: string): string {
  if (existsSync(join(directory, 'package-lock.json'))) return directory;
  if (dirname(directory) === directory) throw new Error('The tests are not in the repository');
  return above(dirname(directory));
}

/** One of our processes, with its JSON log kept for the error message of a test that fails. */
export class ServiceProcess {
  readonly child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #buffer = '';
  /** Lines until now. */
  written = 0;

  /** @param command what runs the script, with its first arguments */
  constructor(script: string, env: Record<string, string>, command: readonly string[] = [process.execPath]) {
    const [program = '', ...args] = command;
    this.child = spawn(program, [...args, script], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    }
  }

  /** The first log line, past or future, whose message is `message`. */
  async logged(message: string, withinMs = 30_000): Promise<Record<string, unknown>> {
    const wanted = (line: string): boolean => line.includes(`"msg":"${message}"`);
    let line = this.#lines.find(wanted);
    if (line === undefined) {
      line = await new Promise<string>((resolve, reject) => {
        const fail = (why: string): void => {
          clearTimeout(timer);
          reject(new Error(`${why} before it logged "${message}":\n${this.tail()}`));
        };
        const timer = setTimeout(() => fail('Too slow'), withinMs);
        const onExit = (): void => fail('The process ended');
        this.child.once('exit', onExit);
        this.#listeners.add((next) => {
          if (!wanted(next)) return;
          clearTimeout(timer);
          this.child.off('exit', onExit);
          resolve(next);
        });
      });
    }
    return JSON.parse(line) as Record<string, unknown>;
  }

  /** The log lines with this message until now, of the last 2000 lines. */
  lines(message: string): Record<string, unknown>[] {
    const found = this.#lines.filter((line) => line.includes(`"msg":"${message}"`));
    return found.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Everything that is kept, as it was written. */
  all(): string {
    return this.#lines.join('\n');
  }

  tail(): string {
    return this.#lines.slice(-40).join('\n');
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 45_000);
    await exited;
    clearTimeout(timer);
  }

  #take(text: string): void {
    const lines = (this.#buffer + text).split('\n');
    this.#buffer = lines.pop() ?? '';
    this.written += lines.length;
    for (const line of lines) {
      this.#lines.push(line);
      if (this.#lines.length > 2000) this.#lines.shift();
      for (const listener of this.#listeners) listener(line);
    }
  }
}
