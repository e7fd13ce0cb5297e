import { afterAll } from '@jest/globals';
import { RedisSentinels } from '../support/redis-sentinels.js';

// The same suites as on one server: each opens what it tests by REDIS_URL. What they use is one server, so these stand for the others.
const sentinels = await RedisSentinels.start();
process.env['REDIS_URL'] = sentinels.url;
process.env['ONLY_ON_REDIS'] = 'yes';

await import('../conformance/executions.test.js');
await import('../conformance/scheduling.test.js');
await import('./redis-scheduling.test.js');

afterAll(async () => sentinels[Symbol.asyncDispose]());
