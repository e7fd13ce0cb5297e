import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { startBenchService, type BenchEnvironment, type Composition } from './bench-environment.js';
import { artifacts } from './cases/artifacts.js';
import { backlog, backlogSettings } from './cases/backlog.js';
import { coldStart } from './cases/cold-start.js';
import { containers } from './cases/containers.js';
import { fairness, fairnessSettings } from './cases/fairness.js';
import { files } from './cases/files.js';
import { freshRuntimeDirectory, images } from './cases/images.js';
import { queueLoad } from './cases/queue-load.js';
import { queueRoundTrip } from './cases/queue-round-trip.js';
import { streaming } from './cases/streaming.js';
import { sustained } from './cases/sustained.js';
import { tenantSandboxes } from './cases/tenant.js';
import { warmStart } from './cases/warm-start.js';
import { SLOTS, workers } from './cases/workers.js';
import { judge, type Judged, type Measurement } from './measurement.js';

interface Case {
  name: string;
  run: (environment: BenchEnvironment) => Promise<Measurement[]>;
  composition: Composition;
  /** Of the service that it measures. */
  settings: Record<string, string>;
}

// Measures ratios inside one run: numbers of two runs, or of two machines, do not compare.
const CASES: Case[] = [
  { name: 'queue', run: queueRoundTrip, composition: 'one-process', settings: { POOL_MAX_READY: '0' } },
  { name: 'queue-load', run: queueLoad, composition: 'one-process', settings: { POOL_MAX_READY: '0' } },
  { name: 'backlog', run: backlog, composition: 'two-processes', settings: backlogSettings },
  { name: 'fairness', run: fairness, composition: 'two-processes', settings: fairnessSettings },
  { name: 'cold', run: coldStart, composition: 'one-process', settings: { POOL_MAX_READY: '0' } },
  { name: 'warm', run: warmStart, composition: 'one-process', settings: {} },
  { name: 'artifacts', run: artifacts, composition: 'one-process', settings: {} },
  { name: 'sustained', run: sustained, composition: 'one-process', settings: {} },
  {
    name: 'streaming',
    run: streaming,
    composition: 'two-processes',
    settings: { MAX_OUTPUT_BYTES: '67108864', MAX_EVENT_LOG_BYTES: '268435456' },
  },
  {
    name: 'images',
    run: images,
    composition: 'two-processes',
    settings: { RUNTIMES_DIR: freshRuntimeDirectory(), WORKER_CONCURRENCY: '20' },
  },
  { name: 'containers', run: containers, composition: 'two-processes', settings: { POOL_MAX_READY: '0' } },
  { name: 'files', run: files, composition: 'two-processes', settings: {} },
  {
    name: 'tenant',
    run: tenantSandboxes,
    composition: 'two-processes',
    settings: { SANDBOX_ISOLATION: 'tenant', WORKER_CONCURRENCY: '8' },
  },
  {
    name: 'workers',
    run: workers,
    composition: 'two-processes',
    settings: { SANDBOX_ISOLATION: 'tenant', WORKER_CONCURRENCY: String(SLOTS) },
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !CASES.some((known) => known.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no case ${unknown.join(', ')}; there are ${CASES.map((known) => known.name).join(', ')}\n`,
  );
  process.exit(2);
}
const results: Judged[] = [];
for (const { name, run, composition, settings } of CASES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  await using service = await startBenchService(process.env, composition, settings);
  results.push(...(await run(service.environment)).map(judge));
}
process.stdout.write(
  `\n${table(results)}\n${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}\n`,
);
await writeFile(new URL('../latest.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
process.exitCode = results.some((result) => result.met === false) ? 1 : 0;

function table(rows: readonly Judged[]): string {
  const width = Math.max(...rows.map((row) => row.name.length));
  return rows
    .map(({ name, value, unit, target, met }) => {
      const wish =
        target === null ? '' : 'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
      const verdict = met === null ? '' : met ? 'met' : 'MISSED';
      return `${name.padEnd(width)}  ${value.toFixed(2).padStart(10)} ${unit.padEnd(6)} ${wish.padEnd(16)} ${verdict}`;
    })
    .join('\n');
}
