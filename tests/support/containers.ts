import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dockerHost } from './requirements.js';

const run = promisify(execFile);

/** Labels of all containers of a deployment, running or not. */
export async function containersOf(deployment: string): Promise<Record<string, string>[]> {
  const filter = `label=gantry.deployment=${deployment}`;
  const docker = (...args: string[]): Promise<{ stdout: string }> => run('docker', ['--host', dockerHost(), ...args]);
  const { stdout: ids } = await docker('ps', '--all', '--quiet', '--filter', filter);
  const all = ids.split('\n').filter(Boolean);
  if (all.length === 0) return [];
  // One that goes between the two calls makes inspect fail: it is gone, which is an answer too.
  const { stdout } = await docker('inspect', '--format', '{{json .Config.Labels}}', ...all).catch(
    (error: { stdout: string }) => error,
  );
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, string>);
}
