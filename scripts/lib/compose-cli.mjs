import { canInstallPackages, installPackages } from './apt.mjs';
import { findProgram, tryRun } from './command.mjs';
import { SetupProblem } from './setup-problem.mjs';

/** How Compose is called here: the plugin (v2) where there is one, else docker-compose. */
export async function findCompose(options) {
  if ((await tryRun('docker', ['compose', 'version'])) !== null) return ['docker', 'compose'];
  if (!findProgram('docker-compose')) {
    if (!canInstallPackages) {
      throw new SetupProblem('Docker Compose is missing.', [
        'sudo apt-get install docker-compose    # or the compose plugin of Docker',
      ]);
    }
    await installPackages(['docker-compose'], options);
  }
  return ['docker-compose'];
}
