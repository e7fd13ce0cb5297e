import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { eventually } from './eventually.js';
import { ROOT } from './process.js';

/** One run of the built command line, as a shell would start it. */
export class CliProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  readonly #exit: Promise<unknown[]>;

  constructor(url: string, argv: string[], options: { stdin?: string | Buffer; cwd?: string } = {}) {
    this.child = spawn(process.execPath, [join(ROOT, 'apps/cli/dist/main.js'), ...argv], {
      cwd: options.cwd ?? ROOT,
      env: { PATH: process.env['PATH'] ?? '', GANTRY_URL: url },
    });
    for (const stream of ['stdout', 'stderr'] as const)
      this.child[stream].on('data', (part: Buffer) => this.#parts[stream].push(part));
    this.#exit = once(this.child, 'close');
    this.child.stdin.on('error', () => undefined).end(options.stdin ?? '');
  }

  get out(): Buffer {
    return Buffer.concat(this.#parts.stdout);
  }

  get err(): string {
    return Buffer.concat(this.#parts.stderr).toString();
  }

  /** Resolves once standard output or standard error has this text. */
  async has(stream: 'out' | 'err', text: string): Promise<void> {
    await eventually(() => expect(this[stream].toString()).toContain(text), 20_000, 20);
  }

  async ended(): Promise<{ code: number | null; out: string; err: string }> {
    const [code] = await this.#exit;
    return { code: code as number | null, out: this.out.toString(), err: this.err };
  }
}
