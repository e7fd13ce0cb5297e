import { ALLOWED_SYSCALLS, ARCHITECTURE_SYSCALLS } from './seccomp-syscalls.js';

/** A seccomp profile in the form the Docker engine reads. */
export interface SeccompProfile {
  defaultAction: 'SCMP_ACT_ERRNO';
  defaultErrnoRet: number;
  archMap: { architecture: string; subArchitectures: string[] }[];
  syscalls: SeccompRule[];
}

interface SeccompRule {
  names: string[];
  action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  errnoRet?: number;
  args?: { index: number; value: number; valueTwo?: number; op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ' }[];
  comment?: string;
  includes?: { arches: string[] };
}

const EPERM = 1;
const ENOSYS = 38;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. (NEWTIME cannot be asked for through `clone`.) */
const NAMESPACE_FLAGS = 0x7e02_0000;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;

/** PER_LINUX, and the query that changes nothing; other values weaken the memory layout of the process. */
const PERSONALITIES = [0, 0xffff_ffff];

/**
 * The filter for every sandbox. Calls of 32-bit x86, of x32 and of 32-bit ARM are killed, for `archMap` names no sub-architecture.
 * `clone3` says ENOSYS, not EPERM: its flags are behind a pointer where no filter can see them, and libraries fall back to `clone`.
 */
export function seccompProfile(): SeccompProfile {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
    ],
    syscalls: [
      { names: Object.values(ALLOWED_SYSCALLS).flat().toSorted(), action: 'SCMP_ACT_ALLOW' },
      ...Object.entries(ARCHITECTURE_SYSCALLS).map(([arch, names]): SeccompRule => ({
        names: [...names],
        action: 'SCMP_ACT_ALLOW',
        includes: { arches: [arch] },
      })),
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
        comment: 'no new namespaces',
      },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, comment: 'its flags cannot be filtered' },
      ...PERSONALITIES.map((value) => allowFirstArgument('personality', value, 'the plain one, and the query')),
      ...[AF_UNIX, AF_INET, AF_INET6].map((family) => allowFirstArgument('socket', family, 'local, IPv4 and IPv6')),
      {
        names: ['socket'],
        action: 'SCMP_ACT_ALLOW',
        args: [
          { index: 0, value: AF_NETLINK, op: 'SCMP_CMP_EQ' },
          { index: 2, value: NETLINK_ROUTE, op: 'SCMP_CMP_EQ' },
        ],
        comment: 'getifaddrs() reads the interfaces this way',
      },
      allowFirstArgument('socketpair', AF_UNIX, 'local only'),
    ],
  };
}

function allowFirstArgument(name: string, value: number, comment: string): SeccompRule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }], comment };
}
