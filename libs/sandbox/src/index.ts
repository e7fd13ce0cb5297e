export { createDockerSandboxProvider, type DockerSandboxProviderOptions } from './docker-sandbox-provider.js';
export type { ProbeCheck } from './probe-report.js';
export { seccompProfile } from './seccomp-profile.js';
