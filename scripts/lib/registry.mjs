import { canInstallPackages, installPackages } from './apt.mjs';
import { findProgram } from './command.mjs';
import { SetupProblem } from './setup-problem.mjs';

/** The path of an image registry's server, which the tests of a fleet start. Debian's package has it under another name. */
export async function provideRegistryProgram(options) {
  const find = () => findProgram('docker-registry') ?? findProgram('registry');
  const found = find();
  if (found) return { note: found, value: found };
  if (!canInstallPackages) {
    throw new SetupProblem('The tests need an image registry, and no docker-registry is on the PATH.', [
      'sudo apt-get install docker-registry    # Debian, Ubuntu',
    ]);
  }
  await installPackages(['docker-registry'], options);
  const installed = find();
  if (!installed) throw new SetupProblem('docker-registry was installed, and is not on the PATH.');
  return { note: `${installed}, installed`, value: installed };
}
