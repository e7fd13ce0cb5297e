export * from './channel-subscriber.js';
export * from './redis-advice.js';
export * from './redis-attempt-store.js';
export * from './redis-connection.js';
export * from './redis-event-log.js';
export * from './redis-execution-store.js';
export * from './redis-input-channel.js';
export * from './redis-worker-directory.js';
export type { Redis } from 'ioredis';
