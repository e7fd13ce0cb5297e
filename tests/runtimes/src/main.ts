import { messageOf } from '@gantry/contracts';
import { loadSmokeTests, type SmokeTest } from '@gantry/runtimes';
import { formatTable, type Row } from './result-table.js';
import { checkRuntime } from './smoke-check.js';
import { TestBed, type RuntimeImage } from './test-bed.js';

// Arguments name the runtimes to test; without any, all are. Images that this command has built go afterwards, unless --keep is given.
const keep = process.argv.includes('--keep');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--keep');
const all = loadSmokeTests(process.env['RUNTIMES_DIR'] || undefined);
const unknown = wanted.filter((name) => !all.some(({ runtime }) => runtime.name === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no runtime ${unknown.join(', ')}; see GET /runtimes or libs/runtimes\n`);
  process.exit(2);
}
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort());

const rows: Row[] = [];
{
  await using bed = new TestBed(process.env);
  for (const smoke of all.filter(({ runtime }) => wanted.length === 0 || wanted.includes(runtime.name))) {
    if (interruption.signal.aborted) break;
    const row = await testRuntime(bed, smoke);
    rows.push(row);
    process.stderr.write(`${row.faults.length === 0 ? 'ok    ' : 'FAILED'} ${row.name}\n`);
  }
}
process.stdout.write(`\n${formatTable(rows)}\n`);
for (const { name, faults } of rows) for (const fault of faults) process.stdout.write(`\n${name}: ${fault}\n`);
process.exitCode = interruption.signal.aborted ? 130 : rows.some(({ faults }) => faults.length > 0) ? 1 : 0;

/** Builds, checks and removes; a failure of either is a fault of the runtime, so that the others are tested too. */
async function testRuntime(bed: TestBed, smoke: SmokeTest): Promise<Row> {
  const { runtime } = smoke;
  const row: Row = {
    name: runtime.name,
    version: runtime.version,
    addedBytes: null,
    buildMs: null,
    compileMs: null,
    coldMs: null,
    faults: [],
  };
  let image: RuntimeImage | null = null;
  try {
    const tell = (message: string): void => void process.stderr.write(`       ${message.slice(0, 120)}\n`);
    image = await bed.image(runtime, tell, interruption.signal);
    Object.assign(row, { addedBytes: image.addedBytes, buildMs: image.buildMs });
    const { faults, ended } = await checkRuntime(bed.sandboxes, smoke, image.reference, interruption.signal);
    row.faults.push(...faults);
    if (ended) {
      const { compileMs, coldMs } = ended;
      Object.assign(row, { compileMs, coldMs });
    }
  } catch (error) {
    row.faults.push(`it could not be tested: ${messageOf(error)}${detailOf(error)}`);
  } finally {
    if (image?.buildMs && !keep) await bed.remove(runtime);
  }
  return row;
}

function detailOf(error: unknown): string {
  const fields = (error as { fields?: unknown }).fields;
  return fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
}
