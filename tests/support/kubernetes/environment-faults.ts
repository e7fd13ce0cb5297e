import { EngineProxyConfigSchema } from '../../../apps/engine-proxy/src/config.js';
import { exposureFault, GatewayConfigSchema, type GatewayConfig } from '../../../apps/gateway/src/config.js';
import { WorkerConfigSchema } from '../../../apps/worker/src/config.js';
import type { z } from 'zod';
import type { Container, Manifest } from './manifest.js';

/** Which of our processes an image runs, what its environment may hold, and which of it are ports that it listens on. */
const PROCESSES: Record<string, { schema: z.ZodObject; ports: string[] }> = {
  'gantry/gateway': { schema: GatewayConfigSchema, ports: ['PORT', 'ADMIN_PORT'] },
  'gantry/worker': { schema: WorkerConfigSchema, ports: ['WORKER_HEALTH_PORT'] },
  'gantry/engine-proxy': { schema: EngineProxyConfigSchema, ports: ['PROXY_HEALTH_PORT', 'PROXY_PORT'] },
};
/** What stands in the files of the secret. */
const SECRETS: Record<string, string> = {
  REDIS_URL: 'redis://:secret@gantry-redis:6379',
  ADMIN_KEYS: `ops:${'1'.repeat(64)}`,
};

function processOf({ image }: Container): (typeof PROCESSES)[string] | undefined {
  return PROCESSES[image.replace(/[:@].*$/, '').replace(/^.*\/(gantry\/[a-z-]+)$/, '$1')];
}

/** A container's environment with its config maps; what only the cluster knows is a text. */
export function environmentOf(container: Container, manifests: readonly Manifest[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? [])
    Object.assign(env, configMap(manifests, configMapRef?.name)?.data);
  for (const { name, value } of container.env ?? [])
    env[name] = (value ?? 'given-by-the-cluster').replace(
      /\$\((\w+)\)/g,
      (_, other: string) => env[other] ?? `$(${other})`,
    );
  return env;
}

/** Variables that our configuration does not know, values that it refuses, files that are not there. */
export function environmentFaults(container: Container, manifests: readonly Manifest[]): string[] {
  const faults: string[] = [];
  for (const { configMapRef } of container.envFrom ?? [])
    if (!configMap(manifests, configMapRef?.name)) faults.push(`there is no config map ${configMapRef?.name ?? ''}`);
  const ours = processOf(container);
  if (!ours) return faults;
  const known = (name: string): boolean => name.replace(/_FILE$/, '') in ours.schema.shape;
  const values = (container.env ?? []).map(({ value }) => value ?? '').join(' ');
  for (const { name, value } of container.env ?? []) {
    if (!known(name) && !values.includes(`$(${name})`)) faults.push(`${name} is no variable of this process`);
    if (name.endsWith('_FILE') && !mountedFiles(container, manifests).has(value ?? ''))
      faults.push(`${name}: nothing is mounted at ${value ?? ''}`);
  }
  return [...faults, ...refusals(ours.schema, environmentOf(container, manifests))];
}

/** Variables of config maps that none of our processes would read. */
export function unreadVariables(manifests: readonly Manifest[]): string[] {
  const schemas = Object.values(PROCESSES).map(({ schema }) => schema.shape);
  return manifests
    .filter(({ kind }) => kind === 'ConfigMap')
    .flatMap(({ metadata, data }) =>
      Object.keys(data ?? {})
        .filter((name) => !schemas.some((shape) => name in shape))
        .map((name) => `ConfigMap ${metadata.name}: ${name} is a variable of none of our processes`),
    );
}

/** Ports that the process in it listens on; `null` = not a process of ours. */
export function listeningPorts(container: Container, manifests: readonly Manifest[]): number[] | null {
  const ours = processOf(container);
  const env = environmentOf(container, manifests);
  if (ours) {
    const config = ours.schema.safeParse(ownPart(ours.schema, env));
    const values: Record<string, unknown> = config.data ?? {};
    return ours.ports.map((name) => values[name]).filter((port): port is number => typeof port === 'number');
  }
  const redis = /redis-server .*--port (\d+)/s.exec((container.args ?? []).join(' '));
  return redis ? [Number(redis[1])] : null;
}

function refusals(schema: z.ZodObject, env: Record<string, string>): string[] {
  const parsed = schema.safeParse(ownPart(schema, env));
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const exposed = schema === GatewayConfigSchema ? exposureFault(parsed.data as GatewayConfig) : null;
  return exposed === null ? [] : [exposed];
}

function ownPart(schema: z.ZodObject, env: Record<string, string>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = `${name}_FILE` in env ? SECRETS[name] : env[name];
    if (value !== undefined) own[name] = value;
  }
  return own;
}

function configMap(manifests: readonly Manifest[], name: string | undefined): Manifest | undefined {
  return manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
}

/** Paths of the secret's files in a container. */
function mountedFiles(container: Container, manifests: readonly Manifest[]): Set<string> {
  const files = manifests
    .flatMap(({ spec }) => secretsIn(spec))
    .flatMap(({ name, items }) => {
      const mounts = (container.volumeMounts ?? []).filter((mount) => mount.name === name);
      return mounts.flatMap(({ mountPath }) => items.map((item) => `${mountPath}/${item}`));
    });
  return new Set(files);
}

interface PodTemplate {
  template?: { spec: { volumes?: { name: string; secret?: { items?: { path: string }[] } }[] } };
}

function secretsIn(spec: unknown): { name: string; items: string[] }[] {
  const volumes = (spec as PodTemplate | undefined)?.template?.spec.volumes ?? [];
  return volumes.map(({ name, secret }) => ({ name, items: (secret?.items ?? []).map((item) => item.path) }));
}
