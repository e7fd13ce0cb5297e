import { existsSync } from 'node:fs';
import { canInstallPackages, installPackages } from './apt.mjs';
import { findProgram, tryRun } from './command.mjs';
import { SetupProblem } from './setup-problem.mjs';

const PACKAGES = ['curl', 'jq', 'python3', 'python3-requests'];

/** The path of a Python that has `requests`; curl and jq are on the PATH then. The examples of the documentation take these. */
export async function provideExamplePrograms(options) {
  const found = await findAll();
  if (found) return { note: found, value: found };
  if (!canInstallPackages) {
    throw new SetupProblem('The tests of the examples need curl, jq, and Python with requests.', [
      `sudo apt-get install ${PACKAGES.join(' ')}    # Debian, Ubuntu`,
    ]);
  }
  await installPackages(PACKAGES, options);
  const installed = await findAll();
  if (!installed) throw new SetupProblem('curl, jq or Python with requests was installed, and is not found.');
  return { note: `${installed}, installed`, value: installed };
}

async function findAll() {
  if (!findProgram('curl') || !findProgram('jq')) return null;
  // Debian's package is for Debian's own Python, which another one on the PATH may hide.
  for (const python of [findProgram('python3'), '/usr/bin/python3'])
    if (python && existsSync(python) && (await tryRun(python, ['-c', 'import requests; print(1)']))) return python;
  return null;
}
