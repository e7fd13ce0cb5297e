import { decimal, integer, list, LOG_LEVELS, sharedConfigShape } from '@gantry/service';
import { z } from 'zod';

const MIB = 1024 * 1024;

/** Modes of Docker that stand for something else than a network of its own. */
const NO_NETWORKS = /^(host|none|default|container:.*)$/;
const network = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be the name of a Docker network')
  .refine((name) => !NO_NETWORKS.test(name), 'must be a network of its own, not that of the host or of a container')
  .optional();

/** The proxy's environment. A row for each in docs/configuration.md. What the worker and the gateway have too must be the same there. */
export const EngineProxyConfigSchema = z.object({
  DOCKER_HOST: z
    .string()
    .default('unix:///var/run/docker.sock')
    .refine((host) => /^unix:\/\/\/./.test(host) || isTcp(host), 'must be unix:///path or tcp://host:port'),
  PROXY_SOCKET: z.string().startsWith('/', 'must be an absolute path').default('/run/gantry/engine.sock'),
  /** A TCP address instead of the socket. */
  PROXY_HOST: z.string().min(1).default('127.0.0.1'),
  PROXY_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port')
    .transform(Number)
    .pipe(z.int().max(65_535))
    .optional(),
  /** Of all workers together: who connects to a socket can't be told apart. */
  PROXY_MAX_CONNECTIONS: integer(512, 8, 65_536),
  PROXY_HEALTH_HOST: z.string().min(1).default('127.0.0.1'),
  PROXY_HEALTH_PORT: integer(9466, 0, 65_535),
  DEPLOYMENT: sharedConfigShape.DEPLOYMENT,
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  SHUTDOWN_GRACE_SECONDS: decimal(30, 0, 3600),
  EXECUTOR_IMAGE: z.string().min(1),
  ALLOWED_BASE_IMAGES: list([]),
  IMAGE_REGISTRY: z.string().min(1).optional(),
  SANDBOX_ISOLATION: z.enum(['container', 'tenant']).default('container'),
  SANDBOX_RUNTIME: z.enum(['runc', 'crun', 'runsc', 'kata']).optional(),
  SANDBOX_NETWORK: network,
  SANDBOX_CGROUP_PARENT: z.string().optional(),
  MAX_MEMORY_MB: integer(8192, 16, 1_048_576),
  MAX_CPU_CORES: decimal(8, 0.1, 1024),
  MAX_PROCESSES: integer(1024, 1, 1_000_000),
  MAX_DISK_MB: integer(2048, 1, 1_048_576),
  MAX_OPEN_FILES: integer(65_536, 16, 1_048_576),
  BUILD_MEMORY_MB: integer(2048, 64, 1_048_576),
  BUILD_CPU_CORES: decimal(2, 0.1, 1024),
  BUILD_DISK_MB: integer(4096, 1, 1_048_576),
  BUILD_PROCESSES: integer(1024, 16, 65_536),
  BUILD_NETWORK: network,
  MAX_INPUT_BYTES: integer(64 * MIB, 0, 1024 * MIB),
});
export type EngineProxyConfig = z.infer<typeof EngineProxyConfigSchema>;

function isTcp(host: string): boolean {
  const url = URL.canParse(host) ? new URL(host) : null;
  return url?.protocol === 'tcp:' && url.hostname !== '' && url.port !== '';
}
