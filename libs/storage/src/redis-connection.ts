import { AppError } from '@gantry/contracts';
import { Redis, type RedisOptions } from 'ioredis';

/**
 * `answering`: for requests that people wait for, fails fast. `transferring`: the same for many bytes, which must not hold up the other requests
 * and may take longer. `persistent`: for work that must not get lost, waits for Redis to return.
 */
export type ConnectionRole = 'answering' | 'transferring' | 'persistent';

/** A request waits this long for Redis at most; a submit makes two steps within the promised 3 s. */
export const ANSWER_WITHIN_MS = 1200;

/** For a chunk of 256 KiB, behind those of all other transfers. */
const TRANSFER_WITHIN_MS = 10_000;

const FAILING_FAST = { maxRetriesPerRequest: 0, enableOfflineQueue: false, autoResendUnfulfilledCommands: false };

const OPTIONS: Record<ConnectionRole, Omit<RedisOptions, 'replyMapping'>> = {
  answering: { ...FAILING_FAST, commandTimeout: ANSWER_WITHIN_MS },
  transferring: { ...FAILING_FAST, commandTimeout: TRANSFER_WITHIN_MS },
  persistent: { maxRetriesPerRequest: null },
};

export interface ConnectOptions {
  url: string;
  role: ConnectionRole;
  /** Shown by CLIENT LIST. */
  name: string;
  /** Told at most once per outage, and once when it is over. */
  onOutage: (message: string | null) => void;
}

/**
 * Connects to Redis. Waits for the first connection up to 5 s, then throws `redis_unavailable`; later outages heal by themselves.
 */
export async function connectRedis(options: ConnectOptions): Promise<Redis> {
  const redis = new Redis(options.url, {
    ...OPTIONS[options.role],
    connectionName: options.name,
    connectTimeout: 5000,
    lazyConnect: true,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000),
  });
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) options.onOutage(error.message);
    down = true;
  });
  redis.on('ready', () => {
    if (down) options.onOutage(null);
    down = false;
  });
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw new AppError(
      'redis_unavailable',
      `Redis cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return redis;
}

/** Turns whatever the driver throws into `redis_unavailable`; errors of ours pass. */
export async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('redis_unavailable', 'Redis does not answer', { cause: error });
  }
}
