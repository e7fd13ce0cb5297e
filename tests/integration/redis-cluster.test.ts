import { afterAll } from '@jest/globals';
import { RedisCluster } from '../support/redis-cluster.js';

// The same suites as on one server: each opens what it tests by REDIS_URL.
const cluster = await RedisCluster.start();
process.env['REDIS_URL'] = cluster.url;
process.env['ONLY_ON_REDIS'] = 'yes';

await import('../conformance/executions.test.js');
await import('../conformance/scheduling.test.js');
await import('../conformance/files.test.js');
await import('../conformance/images.test.js');
await import('../conformance/keys.test.js');
await import('../conformance/blobs.test.js');
await import('./redis-backlog.test.js');
await import('./redis-retention.test.js');
await import('./redis-scheduling.test.js');
await import('./redis-usage.test.js');
await import('./worker-directory.test.js');

afterAll(async () => cluster[Symbol.asyncDispose]());
