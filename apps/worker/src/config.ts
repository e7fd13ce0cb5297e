import { decimal, flag, integer, list, sharedConfigShape } from '@gantry/service';
import { z } from 'zod';

/** The worker's environment. A row for each in docs/configuration.md. */
export const WorkerConfigSchema = z.object({
  ...sharedConfigShape,
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
  WORKER_HEALTH_HOST: z.string().default('127.0.0.1'),
  WORKER_HEALTH_PORT: integer(9464, 0, 65_535),
  /** Sandboxes that are kept ready, all kinds together; 0 = none. */
  POOL_MAX_READY: integer(8, 0, 1000),
  /** A kind that nobody asks for is not kept ready any longer after this. */
  POOL_FORGET_SECONDS: decimal(300, 1, 86_400),
  /** Languages of which one is made ready at start. */
  POOL_PREPARE: list(['python', 'node', 'bash']),
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
