import { canInstallPackages, installPackages } from './apt.mjs';
import { findProgram, run } from './command.mjs';
import { isRoot, repository } from './machine.mjs';
import { SetupProblem } from './setup-problem.mjs';

const PACKAGES = { gcc: 'gcc', make: 'make', python3: 'python3', unshare: 'util-linux' };

async function provideTools(options) {
  const missing = Object.keys(PACKAGES).filter((program) => !findProgram(program));
  if (missing.length === 0) return;
  const packages = missing.map((program) => PACKAGES[program]);
  if (!canInstallPackages) {
    throw new SetupProblem(`The init's tests need ${missing.join(', ')}.`, [
      `sudo apt-get install ${packages.join(' ')} libc6-dev`,
    ]);
  }
  await installPackages([...packages, 'libc6-dev'], options);
}

async function makeTargets(targets, { log, say, signal }) {
  say(`make -C libs/sandbox/init ${targets.join(' ')}`);
  await run('make', ['-C', `${repository}/libs/sandbox/init`, ...targets], { log, signal, group: true });
  return { note: 'passed' };
}

/** The C program that is PID 1 in every sandbox: unit tests, then itself in namespaces, for which it takes root. It goes by the clock. */
export async function testInit({ log, say, signal }) {
  if (!isRoot || process.platform !== 'linux') {
    throw new SetupProblem("The init's tests make namespaces, which takes root on Linux.", [
      'sudo npm test',
      'npm test -- --skip-init',
    ]);
  }
  await provideTools({ log, say, signal });
  return makeTargets(['test'], { log, say, signal });
}

/** The unit tests of the same with sanitizers, and each fuzzer for a few seconds. */
export const fuzzInit = (options) => makeTargets(['asan-unit', 'fuzz', 'FUZZ_SECONDS=5'], options);
