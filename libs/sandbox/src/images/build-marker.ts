import { createHash, randomBytes } from 'node:crypto';

/** In the environment of every container in which one build runs a program. A hash: programs read it, and need not know what the deployment is called. */
export function newBuildMarker(deployment: string): string {
  return `${markOf(deployment)}.${randomBytes(16).toString('hex')}`;
}

/** Whether the environment is that of a container of this deployment's builds. */
export function isMarked(env: readonly string[], deployment: string): boolean {
  const mark = `GANTRY_BUILD=${markOf(deployment)}.`;
  return env.some((entry) => entry.includes(mark));
}

function markOf(deployment: string): string {
  return createHash('sha256').update(deployment).digest('hex').slice(0, 16);
}
