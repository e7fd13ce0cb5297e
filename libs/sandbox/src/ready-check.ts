import { AppError } from '@gantry/contracts';
import { PROTOCOL_VERSION, type ReadyMessage } from './init-messages.js';

const INIT_UID = 65_532;
const CAP_KILL = 5;
const CAP_SETGID = 6;
const CAP_SETUID = 7;
const CAPABILITIES = (1 << CAP_KILL) | (1 << CAP_SETGID) | (1 << CAP_SETUID);
const SECCOMP_FILTER = 2;

/** Throws `sandbox_failed` naming everything about the init that is not as the container profile asks for. */
export function checkReady(ready: ReadyMessage): void {
  const faults = [
    fault('protocol version', ready.protocolVersion, PROTOCOL_VERSION),
    fault('uid', ready.uid, INIT_UID),
    fault('effective capabilities', ready.capabilities, CAPABILITIES),
    fault('no_new_privs', ready.noNewPrivileges, 1),
    fault('seccomp mode', ready.seccompMode, SECCOMP_FILTER),
  ].filter((found) => found !== null);
  if (faults.length > 0)
    throw new AppError('sandbox_failed', `The sandbox is not confined as it must be: ${faults.join(', ')}`);
}

/** Throws `sandbox_failed` when a world was made for another id than it was meant for: no id is used twice. */
export function checkOwner(ready: ReadyMessage, owner: number): void {
  const found = fault('owner of the world', ready.owner, owner);
  if (found !== null) throw new AppError('sandbox_failed', `The sandbox is not as it must be: ${found}`);
}

function fault(name: string, value: number | null, wanted: number): string | null {
  return value === wanted ? null : `${name} is ${value ?? 'unknown'} instead of ${wanted}`;
}
