import { seccompProfile, type SeccompProfile } from '../seccomp-profile.js';

/**
 * What the init needs to make worlds, and nothing else does: it refuses these to every world it has made, by a second filter of its own,
 * before it reads a byte there. `clone` is among them, for its flags name the namespaces.
 */
const WORLD_SYSCALLS = ['clone', 'mount', 'pivot_root', 'setns', 'umount2', 'unshare'];

/** The filter of a tenant's container: that of every sandbox, and the above. */
export function tenantSeccompProfile(): SeccompProfile {
  const profile = seccompProfile();
  const others = profile.syscalls.filter((rule) => !rule.names.includes('clone'));
  return {
    ...profile,
    syscalls: [...others, { names: WORLD_SYSCALLS, action: 'SCMP_ACT_ALLOW', comment: 'the init makes worlds' }],
  };
}
