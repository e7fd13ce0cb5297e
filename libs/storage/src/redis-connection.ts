import { AppError, messageOf } from '@gantry/contracts';
import { Redis } from 'ioredis';
import { answerWithin } from './answer-deadline.js';
import { translated } from './redis-errors.js';
import { redisTarget, type DriverOptions } from './redis-target.js';

/**
 * `answering`: for requests that people wait for, fails fast. `transferring`: the same for many bytes, which must not hold up the other requests
 * and may take longer. `persistent`: for work that must not get lost, waits for Redis to return.
 */
export type ConnectionRole = 'answering' | 'transferring' | 'persistent';

/** A request waits this long for Redis at most; a submit makes two steps within the promised 3 s. */
export const ANSWER_WITHIN_MS = 1200;

/** For a chunk of 256 KiB, behind those of all other transfers. */
const TRANSFER_WITHIN_MS = 10_000;

const CONNECTED_WITHIN_MS = 5000;
const ONE_ATTEMPT_MS = 3000;

/**
 * A server that is silent for so long while something was asked is given up, and its connection made anew: by then another one may have
 * its place. For what blocks it is more than the 10 s for which commands of the queue wait at most.
 */
const SILENT_MS = 5000;
const SILENT_WHILE_BLOCKING_MS = 12_000;

const FAILING_FAST = { maxRetriesPerRequest: 0, enableOfflineQueue: false, autoResendUnfulfilledCommands: false };

const OPTIONS: Record<ConnectionRole, DriverOptions> = {
  answering: { ...FAILING_FAST, socketTimeout: SILENT_MS },
  transferring: { ...FAILING_FAST, socketTimeout: TRANSFER_WITHIN_MS },
  persistent: { maxRetriesPerRequest: null, socketTimeout: SILENT_MS },
};

/** What is `persistent` waits for as long as it takes. */
const ANSWERED_WITHIN_MS: Record<ConnectionRole, number | null> = {
  answering: ANSWER_WITHIN_MS,
  transferring: TRANSFER_WITHIN_MS,
  persistent: null,
};

export interface ConnectOptions {
  /** Of any form that `parseRedisUrl` takes. */
  url: string;
  /** Whose keys are used on it: in a Cluster, they are on one node. */
  deployment: string;
  role: ConnectionRole;
  /** Shown by CLIENT LIST. */
  name: string;
  /** PEM, for TLS; in place of the authorities that Node knows. */
  ca?: string | undefined;
  /** Told at most once per outage, and once when it is over. */
  onOutage: (message: string | null) => void;
}

/**
 * Connects to the Redis server that has the deployment's data. Waits for the first connection up to 5 s, then throws `redis_unavailable`;
 * later outages and fail-overs heal by themselves.
 */
export async function connectRedis(options: ConnectOptions): Promise<Redis> {
  const redis = new Redis({
    ...redisTarget(options.url, options.deployment, options.ca),
    ...OPTIONS[options.role],
    connectionName: options.name,
    connectTimeout: ONE_ATTEMPT_MS,
    lazyConnect: true,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000),
    reconnectOnError: reconnectWhenMoved(),
  });
  copyToBlock(redis);
  const withinMs = ANSWERED_WITHIN_MS[options.role];
  if (withinMs !== null) answerWithin(redis, withinMs);
  let problem: string | null = null;
  redis.on('error', (error: Error) => {
    if (problem === null) options.onOutage(error.message);
    problem = error.message;
  });
  redis.on('ready', () => {
    if (problem !== null) options.onOutage(null);
    problem = null;
  });
  try {
    await firstConnection(redis, () => problem);
  } catch (error) {
    redis.disconnect();
    throw new AppError('redis_unavailable', `Redis cannot be reached: ${problem ?? messageOf(error)}`, {
      cause: error,
    });
  }
  return redis;
}

/** The queue makes a copy of its connection, for commands that are answered only when there is something. */
function copyToBlock(redis: Redis): void {
  const duplicate = redis.duplicate.bind(redis);
  const patient = (override?: DriverOptions): Redis =>
    duplicate({ socketTimeout: SILENT_WHILE_BLOCKING_MS, ...override });
  redis.duplicate = patient;
}

/** Sentinels and nodes of a Cluster are asked again and again, so the driver itself would never give up. */
async function firstConnection(redis: Redis, problem: () => string | null): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem() ?? 'it does not answer')), CONNECTED_WITHIN_MS);
  });
  try {
    await Promise.race([redis.connect(), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

const MOVED = /^(MOVED|READONLY)\b|-READONLY /;
/** So that a server that is wrong for good is not connected to over and over. */
const RECONNECTED_EVERY_MS = 250;
/** The driver makes the connection anew and then repeats the command, which was not carried out. */
const RECONNECT_AND_REPEAT = 2;

/** The server is not the one that has the data any more: who has it is asked for anew. */
function reconnectWhenMoved(): (error: Error) => false | typeof RECONNECT_AND_REPEAT {
  let last = -Infinity;
  return (error) => {
    if (!MOVED.test(error.message) || performance.now() - last < RECONNECTED_EVERY_MS) return false;
    last = performance.now();
    return RECONNECT_AND_REPEAT;
  };
}

/** Turns whatever the driver throws into `redis_unavailable`, or `redis_full`; errors of ours pass. */
export async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translated(error);
  }
}
