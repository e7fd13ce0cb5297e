import { blobConfigShape, decimal, flag, integer, list, sharedConfigShape, tracingConfigShape } from '@gantry/service';
import { z } from 'zod';
import { webhookConfigShape } from './webhooks/config.js';

const MIB = 1024 * 1024;

function keyDigests(): z.ZodType<string[]> {
  const pair = /^[A-Za-z0-9_-]{1,64}:[0-9a-f]{64}$/;
  return list([]).pipe(z.array(z.string().regex(pair, 'must be name:<64 hex digits of the SHA-256 of the key>')));
}

/** The gateway's environment. A row for each in docs/configuration.md. */
export const GatewayConfigSchema = z.object({
  ...sharedConfigShape,
  ...blobConfigShape,
  ...tracingConfigShape,
  ...webhookConfigShape,
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integer(8000, 0, 65_535),
  /** `name:sha256-of-the-key` pairs; the name is the tenant. */
  API_KEYS: keyDigests(),
  /** Where operators ask and change: a port of its own. */
  ADMIN_HOST: z.string().min(1).default('127.0.0.1'),
  ADMIN_PORT: integer(9465, 0, 65_535),
  /** As API_KEYS; for the admin server, and for the API as the tenant of that name. */
  ADMIN_KEYS: keyDigests(),
  /** Serve other machines without keys. */
  ALLOW_ANONYMOUS: flag(false),
  ALLOWED_HOSTS: list([]),
  ALLOWED_ORIGINS: list([]),
  /** Of clients, idle ones included; the process must be allowed that many open files. */
  MAX_CONNECTIONS: integer(10_000, 16, 1_000_000),
  /** For the whole of a request to come in. */
  REQUEST_TIMEOUT_SECONDS: integer(120, 20, 86_400),
  MAX_BODY_BYTES: integer(8 * MIB, 1024, 1024 * MIB),
  MAX_CODE_BYTES: integer(MIB, 1, 64 * MIB),
  MAX_QUEUED: integer(10_000, 1, 10_000_000),
  MAX_QUEUED_PER_TENANT: integer(1000, 1, 10_000_000),
  /** Executions of one tenant at once; 0 = as many as there is room for. */
  MAX_RUNNING_PER_TENANT: integer(0, 0, 1_000_000),
  /** Of a key that has no limits of its own; 0 = no limit, as in the next ones. */
  MAX_REQUESTS_PER_SECOND: decimal(0, 0, 1_000_000),
  MAX_REQUEST_BURST: integer(0, 0, 1_000_000),
  MAX_CPU_SECONDS_PER_DAY: decimal(0, 0, 1e12),
  MAX_STORED_BYTES_PER_TENANT: integer(512 * MIB, 0, Number.MAX_SAFE_INTEGER),
  MAX_MEMORY_MB: integer(8192, 64, 1_048_576),
  MAX_CPU_CORES: decimal(8, 0.1, 1024),
  MAX_TIMEOUT_SECONDS: integer(3600, 1, 86_400),
  MAX_PROCESSES: integer(1024, 1, 65_536),
  MAX_OUTPUT_BYTES: integer(16 * MIB, 0, 256 * MIB),
  MAX_DISK_MB: integer(2048, 1, 1_048_576),
  MAX_OPEN_FILES: integer(65_536, 8, 1_048_576),
  /** Whether requests may turn the network on; the workers need SANDBOX_NETWORK too. */
  ALLOW_NETWORK: flag(false),
  MAX_FILE_BYTES: integer(32 * MIB, 1, 1024 * MIB),
  MAX_FILES_PER_TENANT: integer(1000, 1, 10_000_000),
  MAX_FILE_BYTES_PER_TENANT: integer(256 * MIB, 1, 1024 * 1024 * 1024 * MIB),
  FILE_RETENTION_SECONDS: integer(604_800, 1, 31_536_000),
  /** Files of one execution. */
  MAX_INPUT_FILES: integer(1000, 0, 10_000),
  MAX_INPUT_BYTES: integer(64 * MIB, 0, 1024 * MIB),
  /** Bases of images beside the executor's own; the workers' engines must be able to have them. */
  ALLOWED_BASE_IMAGES: list([]),
  ALLOW_CUSTOM_DOCKERFILE: flag(false),
  HEARTBEAT_SECONDS: decimal(15, 0.1, 300),
  /** A stream client that takes nothing for this long is cut; it resumes where it was. */
  STREAM_STALL_SECONDS: decimal(30, 1, 3600),
  SHUTDOWN_DELAY_SECONDS: decimal(1, 0, 300),
  SHUTDOWN_GRACE_SECONDS: decimal(30, 0, 3600),
});
export type GatewayConfig = z.infer<typeof GatewayConfigSchema>;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

/** Why this configuration must not be served; `null` = fine. */
export function exposureFault(config: GatewayConfig): string | null {
  const { API_KEYS, ADMIN_KEYS } = config;
  if (isLoopback(config.HOST) || API_KEYS.length + ADMIN_KEYS.length > 0 || config.ALLOW_ANONYMOUS) return null;
  return `HOST: ${config.HOST} is reachable from other machines; set API_KEYS or ADMIN_KEYS, or ALLOW_ANONYMOUS=true if everybody may run code here`;
}
