import { TAG_PATTERN } from '@gantry/contracts';
import { blobConfigShape, decimal, flag, integer, list, sharedConfigShape, tracingConfigShape } from '@gantry/service';
import { z } from 'zod';

const MIB = 1024 * 1024;

const address = z.url({ protocol: /^https?$/, error: 'must be a http:// or https:// address' });

/** The worker's environment. A row for each in docs/configuration.md. */
export const WorkerConfigSchema = z.object({
  ...sharedConfigShape,
  ...blobConfigShape,
  ...tracingConfigShape,
  DOCKER_HOST: z
    .string()
    .default('unix:///var/run/docker.sock')
    .refine((host) => /^(unix|tcp|http|https):\/\//.test(host), 'must start with unix://, tcp://, http:// or https://'),
  /** Image of the contract's runtimes. */
  EXECUTOR_IMAGE: z.string().min(1),
  /** Executions at once. */
  WORKER_CONCURRENCY: integer(4, 1, 1000),
  /** Name shown in results; made from the host name when empty. */
  WORKER_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -')
    .optional(),
  /** What it has that executions may require: `gpu,eu-west`. */
  WORKER_TAGS: list([])
    .pipe(
      z
        .array(z.string().regex(TAG_PATTERN, 'must be 1 to 32 of a-z 0-9 . _ -, beginning with a letter or digit'))
        .max(32),
    )
    .transform((tags) => [...new Set(tags)]),
  /** Shown to operators: `zone=a,size=large`. */
  WORKER_LABELS: list([]).pipe(
    z
      .array(
        z
          .string()
          .regex(
            /^[a-z0-9][a-z0-9._/-]{0,62}=[A-Za-z0-9._:/@-]{0,63}$/,
            'must be name=value pairs; a name has 1 to 63 of a-z 0-9 . _ / -, a value at most 63 of A-Z a-z 0-9 . _ : / @ -',
          ),
      )
      .max(16),
  ),
  WORKER_HEALTH_HOST: z.string().default('127.0.0.1'),
  WORKER_HEALTH_PORT: integer(9464, 0, 65_535),
  /** Sandboxes that are kept ready, all kinds together; 0 = none. */
  POOL_MAX_READY: integer(8, 0, 1000),
  /** A kind that nobody asks for is not kept ready any longer after this. */
  POOL_FORGET_SECONDS: decimal(300, 1, 86_400),
  /** Languages of which one is made ready at start. */
  POOL_PREPARE: list(['python', 'node', 'bash']),
  /** Files kept of one execution, the largest of them, and all of them together. */
  MAX_ARTIFACTS: integer(200, 0, 10_000),
  MAX_ARTIFACT_BYTES: integer(32 * MIB, 0, 1024 * MIB),
  MAX_ARTIFACTS_BYTES: integer(64 * MIB, 0, 1024 * MIB),
  /** Image builds at once, those that executions cause included; they take no execution's slot. */
  BUILD_CONCURRENCY: integer(1, 1, 100),
  BUILD_MEMORY_MB: integer(2048, 64, 1_048_576),
  BUILD_CPU_CORES: decimal(2, 0.1, 1024),
  BUILD_TIMEOUT_SECONDS: integer(900, 1, 86_400),
  /** What a build may add to its base. */
  BUILD_DISK_MB: integer(4096, 1, 1_048_576),
  BUILD_PROCESSES: integer(1024, 16, 65_536),
  /** Docker network of builds; empty = the engine's default. */
  BUILD_NETWORK: z.string().optional(),
  BUILD_HTTP_PROXY: address.optional(),
  BUILD_HTTPS_PROXY: address.optional(),
  BUILD_NO_PROXY: z.string().min(1).optional(),
  /** Where images are pulled from and pushed to: `10.0.0.1:5000/gantry`. */
  IMAGE_REGISTRY: z.string().min(1).optional(),
  IMAGE_REGISTRY_USERNAME: z.string().min(1).optional(),
  IMAGE_REGISTRY_PASSWORD: z.string().min(1).optional(),
  IMAGE_UNUSED_DAYS: decimal(14, 0.001, 3650),
  IMAGE_MAX_GB: decimal(50, 0.001, 1_048_576),
  PIP_INDEX_URL: address.optional(),
  NPM_REGISTRY: address.optional(),
  NUGET_SOURCE: address.optional(),
  APT_MIRROR: address.optional(),
  /** File with certificates that builds shall trust; else the one that Node.js is told of. */
  EXTRA_CA_CERTS: z.string().optional(),
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  SHUTDOWN_GRACE_SECONDS: decimal(30, 0, 3600),
  /** `tenant`: one tenant's executions share containers, one after another, each in a world of its own (docs/tenant-sandboxes.md). */
  SANDBOX_ISOLATION: z.enum(['container', 'tenant']).default('container'),
  /** Containers of tenants at once, all tenants together. */
  TENANT_MAX_CONTAINERS: integer(8, 1, 1000),
  /** OCI runtime of the sandboxes; empty = the engine's default. */
  SANDBOX_RUNTIME: z.enum(['runc', 'crun', 'runsc', 'kata']).optional(),
  /** Docker network for executions with the network on. Without it they are refused. */
  SANDBOX_NETWORK: z.string().optional(),
  /** Cgroup that holds all sandboxes together. */
  SANDBOX_CGROUP_PARENT: z.string().optional(),
  /** Check at start that this engine really isolates; off only for debugging. */
  SANDBOX_PROBE: flag(true),
});
export type WorkerConfig = z.infer<typeof WorkerConfigSchema>;
