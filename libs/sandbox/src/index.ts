export { createDockerSandboxProvider, type DockerSandboxProviderOptions } from './docker-sandbox-provider.js';
export type { TenantPoolSettings } from './tenant/tenant-settings.js';
export { tenantSeccompProfile } from './tenant/tenant-seccomp.js';
export type { EngineCallObserver, EngineCallOutcome } from './engine-calls.js';
export type { ProbeCheck } from './probe-report.js';
export { seccompProfile } from './seccomp-profile.js';
export { createDockerImageBuilder } from './images/docker-image-builder.js';
export type { BuildLimits, BuildProxy, ImageBuilderOptions, PackageSources } from './images/image-builder-options.js';
