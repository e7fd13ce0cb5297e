import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../support/process.js';

const COLLECTOR = pathToFileURL(join(ROOT, 'tests/support/collect-garbage.mjs')).href;
const START_MS = 150_000;
const RESTART_PAUSE_MS = 500;
const LOOK_EVERY_MS = 40;

export interface ManagedOptions {
  name: string;
  script: string;
  /** The message of the log line that says that it is up. */
  upMessage: string;
  env: Record<string, string>;
  logFile: string;
  /** It has ended though nobody ended it. */
  onCrash(how: string): void;
}

/** A gateway or worker that is killed and started again; its log goes on in one file. */
export class ManagedProcess {
  readonly name: string;
  readonly #options: ManagedOptions;
  #child: ChildProcess | null = null;
  #endExpected = false;
  #starting: Promise<void> | null = null;
  /** How often it was started. */
  lives = 0;
  /** What its last `upMessage` said. */
  up: Record<string, unknown> = {};

  constructor(options: ManagedOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The process as it is now, for a fault that heals it later, whatever has become of it. */
  get child(): ChildProcess | null {
    return this.#child;
  }

  /** As a supervisor does it: one that ends before it is up, for something that it needs is away, is started again. */
  start(): Promise<void> {
    // Two faults may heal the same process.
    if (this.running && this.#starting === null) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #start(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (!(await this.#startOnce(deadline))) {
      if (Date.now() > deadline) throw new Error(`${this.name} does not start; see ${this.#options.logFile}`);
      await delay(RESTART_PAUSE_MS);
    }
  }

  /** From now on its end is no surprise. */
  expectEnd(): void {
    this.#endExpected = true;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves when it has ended; one that does not end within its grace is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', withinMs = 45_000): Promise<void> {
    const child = this.#child;
    if (child === null || !this.running) return;
    this.expectEnd();
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
    await exited;
    clearTimeout(timer);
  }

  /** Has it throw away what it does not need any more, as it would some time. */
  collectGarbage(): void {
    if (this.running && this.lives > 0) this.signal('SIGUSR2');
  }

  residentBytes(): number | null {
    if (!this.running) return null;
    try {
      const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
      return kib === undefined ? null : Number(kib) * 1024;
    } catch {
      return null;
    }
  }

  /** False when it has ended again before it was up. */
  async #startOnce(deadline: number): Promise<boolean> {
    const { script, env, logFile, upMessage, onCrash } = this.#options;
    const log = openSync(logFile, 'a');
    const from = statSync(logFile).size;
    // Clients know its address.
    const { url } = this.up;
    const port = typeof url === 'string' ? { PORT: new URL(url).port } : {};
    const fullEnv = { PATH: process.env['PATH'] ?? '', ...env, ...port };
    const argv = ['--import', COLLECTOR, script];
    const child = spawn(process.execPath, argv, { cwd: ROOT, env: fullEnv, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#endExpected = false;
    const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
    for (; !ended() && Date.now() < deadline; await delay(LOOK_EVERY_MS)) {
      const lines = readFileSync(logFile).subarray(from).toString().split('\n');
      const line = lines.find((each) => each.includes(`"msg":"${upMessage}"`));
      if (line === undefined) continue;
      this.up = JSON.parse(line) as Record<string, unknown>;
      this.lives++;
      child.once('exit', (code, signal) => {
        if (!this.#endExpected) onCrash(`${this.name} ended by itself: ${signal ?? code}`);
      });
      return true;
    }
    child.kill('SIGKILL');
    return false;
  }
}
