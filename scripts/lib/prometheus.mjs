import { canInstallPackages, installPackages } from './apt.mjs';
import { findProgram } from './command.mjs';
import { SetupProblem } from './setup-problem.mjs';

/** The paths of Prometheus and of promtool, which the tests of metrics, rules and dashboards run. */
export async function providePrometheusPrograms(options) {
  const find = () => {
    const [prometheus, promtool] = [findProgram('prometheus'), findProgram('promtool')];
    return prometheus && promtool ? { prometheus, promtool } : null;
  };
  const found = find();
  if (found) return { note: found.prometheus, value: found };
  if (!canInstallPackages) {
    throw new SetupProblem('The tests need Prometheus, and prometheus and promtool are not on the PATH.', [
      'sudo apt-get install prometheus    # Debian, Ubuntu',
    ]);
  }
  await installPackages(['prometheus'], options);
  const installed = find();
  if (!installed) throw new SetupProblem('prometheus was installed, and is not on the PATH.');
  return { note: `${installed.prometheus}, installed`, value: installed };
}
