import { AppError, messageOf } from '@gantry/contracts';
import type * as Sdk from '@aws-sdk/client-s3';

export interface S3Settings {
  /** `null` = that of the region at AWS. */
  endpoint: string | null;
  bucket: string;
  region: string;
  /** `null` = where the SDK finds credentials: the machine's role, the usual files and variables. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
}

const CONNECT_WITHIN_MS = 3000;
const ANSWER_WITHIN_MS = 30_000;

/** Objects of one bucket: put, get and remove, which every store that speaks S3 knows. Whatever fails is `storage_unavailable`. */
export class S3Bucket {
  readonly #sdk: typeof Sdk;
  readonly #client: Sdk.S3Client;
  readonly #bucket: string;

  private constructor(sdk: typeof Sdk, settings: S3Settings) {
    const { endpoint, region, credentials, bucket } = settings;
    this.#sdk = sdk;
    this.#bucket = bucket;
    this.#client = new sdk.S3Client({
      region,
      // Names of buckets in host names are Amazon's; everybody understands them in paths.
      ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
      ...(credentials === null ? {} : { credentials }),
      maxAttempts: 3,
      // Many stores that speak S3 do not know Amazon's newer checksums; ours is checked at every read.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: CONNECT_WITHIN_MS, requestTimeout: ANSWER_WITHIN_MS },
    });
  }

  /** The SDK is loaded only where it is needed: it is large. */
  static async open(settings: S3Settings): Promise<S3Bucket> {
    return new S3Bucket(await import('@aws-sdk/client-s3'), settings);
  }

  async put(Key: string, Body: Buffer): Promise<void> {
    const order = new this.#sdk.PutObjectCommand({ Bucket: this.#bucket, Key, Body });
    await this.#client.send(order).catch(unreachable);
  }

  /** `null` when it is not there. */
  async get(Key: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | null> {
    const { GetObjectCommand, NoSuchKey } = this.#sdk;
    const order = new GetObjectCommand({ Bucket: this.#bucket, Key });
    try {
      const { Body } = await this.#client.send(order, signal ? { abortSignal: signal } : {});
      return Body as unknown as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      if (signal?.aborted === true) throw signal.reason;
      return unreachable(error);
    }
  }

  /** No effect when it is not there. */
  async remove(Key: string): Promise<void> {
    await this.#client.send(new this.#sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key })).catch(unreachable);
  }

  close(): void {
    this.#client.destroy();
  }
}

export function unreachable(error: unknown): never {
  if (error instanceof AppError) throw error;
  throw new AppError('storage_unavailable', `The S3 store does not take this: ${messageOf(error)}`, { cause: error });
}
