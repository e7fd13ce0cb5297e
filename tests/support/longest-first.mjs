import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The suites that take longest, from a minute down to ten seconds. Several run at a time: what mostly waits and what mostly computes take turns.
 */
const LONGEST = [
  'e2e/outage',
  'e2e/chaos',
  'e2e/redis-sentinels',
  'e2e/workers',
  'integration/preload',
  'e2e/scheduling',
  'e2e/rolling-restart',
  'e2e/images',
  'e2e/worker-lost-retry',
  'integration/image-builder',
  'e2e/redis-cluster',
  'e2e/cli',
  'integration/redis-cluster',
  'e2e/redis-footprint',
  'integration/image-fleet',
  'e2e/observability',
  'integration/image-packages',
  'e2e/keys',
  'compose/worker-loss',
  'compose/isolation',
  'e2e/cli-chains',
  'e2e/stream',
  'e2e/mcp',
  'integration/sandbox-lifecycle',
  'integration/sandbox-limits',
  'e2e/api-examples',
  'e2e/execute',
  'e2e/files',
  'integration/engine-proxy',
  'e2e/memory-bounds',
  'integration/tenant-hostile',
  'e2e/mcp-chains',
  'e2e/webhooks',
].map((name) => join(import.meta.dirname, '..', `${name}.test.ts`));

const KINDS = ['e2e', 'integration', 'unit'];

/** Jest's own order goes by the last run, of which a fresh clone has none: a long suite that begins last keeps everybody waiting. */
// oxlint-disable-next-line import/no-default-export -- jest wants it
export default class LongestFirst {
  constructor() {
    const gone = LONGEST.filter((path) => !existsSync(path));
    if (gone.length > 0) throw new Error(`${import.meta.filename} names suites that are not there: ${gone.join(', ')}`);
  }

  sort(tests) {
    const ranked = tests.map((test) => ({ test, rank: rank(test), bytes: statSync(test.path).size }));
    return ranked.sort((a, b) => a.rank - b.rank || b.bytes - a.bytes).map(({ test }) => test);
  }

  /** For `--onlyFailures`, which needs the memory that this has not. */
  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

function rank({ path, context }) {
  const place = LONGEST.indexOf(path);
  return place >= 0 ? place : LONGEST.length + KINDS.indexOf(context.config.displayName?.name);
}
