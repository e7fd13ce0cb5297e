import { z } from 'zod';
import { ConfigError, integer } from './load-config.js';

const GIB = 1024 * 1024 * 1024;

/** Where the bytes of files and artifacts are. Gateways and workers must agree on it. */
export const blobConfigShape = {
  /** All files and artifacts together. */
  MAX_STORED_BYTES: integer(GIB, 1024, 1024 * 1024 * GIB),
  BLOB_STORE: z.enum(['redis', 's3']).default('redis'),
  S3_ENDPOINT: z
    .string()
    .refine((url) => /^https?:\/\//.test(url) && URL.canParse(url), 'must be a http:// or https:// address')
    .optional(),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .optional(),
  S3_REGION: z.string().min(1).default('us-east-1'),
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
};

export type BlobConfig = z.infer<z.ZodObject<typeof blobConfigShape>>;

export interface S3Choice {
  endpoint: string | null;
  bucket: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
}

/** The S3 store that is wanted, or `null` for Redis. Throws a `ConfigError` when the variables do not go together. */
export function s3Choice(config: BlobConfig): S3Choice | null {
  if (config.BLOB_STORE === 'redis') return null;
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  if (bucket === undefined) throw new ConfigError('S3_BUCKET: is needed with BLOB_STORE=s3');
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const why = 'give both, or neither to use the role of the machine';
    throw new ConfigError(`S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: ${why}`);
  }
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey };
  return { endpoint: config.S3_ENDPOINT ?? null, bucket, region: config.S3_REGION, credentials };
}
