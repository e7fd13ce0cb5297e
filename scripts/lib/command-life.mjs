import { createWriteStream, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ClosingStack } from './closing-stack.mjs';
import { cacheDirectory } from './machine.mjs';
import { createProgress } from './progress.mjs';
import { SetupProblem } from './setup-problem.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const TAIL_LINES = 25;
const PARENT_LOOK_MS = 500;

function explain(error, logPath) {
  if (error instanceof SetupProblem) return error.text;
  const tail = error.tail ? `\n${error.tail.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')}\n` : '';
  return `${tail}\n${error.message}\nThe whole log: ${logPath}\n`;
}

/** npm passes SIGTERM on to its shell, which ends without passing it on to us: then nobody is left to stop us. */
function onLostParent(interrupt) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  const watch = setInterval(() => process.ppid !== parent && interrupt('SIGTERM'), PARENT_LOOK_MS);
  watch.unref();
}

/**
 * Runs one of our commands: `main(life)` gets the progress output, a log, a signal that Ctrl-C aborts, and a stack for what it starts.
 * Whatever happens, the stack is closed before the process ends, with 1 after an error and 128 + n after signal n.
 */
export async function runCommand(name, main) {
  mkdirSync(join(cacheDirectory, 'logs'), { recursive: true, mode: 0o700 });
  const logPath = join(cacheDirectory, 'logs', `${name}.log`);
  const log = createWriteStream(logPath, { mode: 0o600 });
  const interruption = new AbortController();
  const stack = new ClosingStack();
  let received = null;
  // Further signals are taken and ignored: a terminal sends one to npm and to us, and stopping in the middle would leave things behind.
  const interrupt = (signal) => {
    if (received === null) process.stderr.write('\n  stopping…\n');
    received ??= signal;
    interruption.abort();
  };
  for (const signal of SIGNALS) process.on(signal, () => interrupt(signal));
  onLostParent(interrupt);
  try {
    process.exitCode =
      (await main({ progress: createProgress(), stack, log, logPath, signal: interruption.signal })) ?? 0;
  } catch (error) {
    if (received === null) {
      process.stderr.write(explain(error, logPath));
      process.exitCode = 1;
    }
  }
  await stack.close();
  if (received !== null) process.exitCode = 128 + constants.signals[received];
  log.end(() => process.exit());
}
