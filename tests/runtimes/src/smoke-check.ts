import type { SmokeTest } from '@gantry/runtimes';
import type { SandboxProvider } from '@gantry/core';
import { runProgram, type Ended } from './run-program.js';

export interface Checked {
  faults: string[];
  /** Of the smoke program; `null` when it could not be run at all. */
  ended: Ended | null;
}

/** The program prints what it must, the faulty one is a compile error with a message, and the version is the one that is told. */
export async function checkRuntime(
  sandboxes: SandboxProvider,
  smoke: SmokeTest,
  image: string,
  signal: AbortSignal,
): Promise<Checked> {
  const { runtime, program, stdin, expected, broken, versionCommand } = smoke;
  const faults: string[] = [];
  const ended = await runProgram(sandboxes, { runtime, image, code: program, stdin }, signal);
  if (ended.status !== 'completed' || ended.stdout !== expected || ended.stderr !== '') {
    faults.push(`the program should print ${JSON.stringify(expected)} and nothing else, but ${told(ended)}`);
  }
  if (broken !== null) {
    const failed = await runProgram(sandboxes, { runtime, image, code: broken, stdin: '' }, signal);
    const says = `${failed.stdout}${failed.stderr}`.trim();
    if (failed.reason !== 'compile_error' || says === '') {
      faults.push(`the faulty program should be a compile_error with a message, but ${told(failed)}`);
    }
  }
  if (versionCommand) {
    const asked = { ...runtime, compile: null, run: versionCommand };
    const answer = await runProgram(sandboxes, { runtime: asked, image, code: '', stdin: '' }, signal);
    if (!mentions(`${answer.stdout}${answer.stderr}`, runtime.version)) {
      faults.push(`the version should be ${runtime.version}, but ${versionCommand.join(' ')} ${told(answer)}`);
    }
  }
  return { faults, ended };
}

function told({ status, reason, message, stdout, stderr }: Ended): string {
  return `ended as ${status}/${reason}${message === null ? '' : ` (${message})`}, ${JSON.stringify({ stdout, stderr })}`;
}

/** `3.1` is in `v3.1.7`, and not in `13.1` or `3.12`. */
function mentions(text: string, version: string): boolean {
  const escaped = version.replace(/[.+*?^$()[\]{}|\\]/g, '\\$&');
  return new RegExp(`(^|[^0-9.])${escaped}(?![0-9])`, 'm').test(text);
}
