import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from './fault-kinds.js';
import { toText } from './report.js';
import { runChaos } from './run-chaos.js';

const USAGE = `npm run chaos -- [--seed S] [--executions N] [--faults M] [--rate R] [--short] [--only KIND,KIND] [--out DIRECTORY]
kinds: ${FAULT_KINDS.join(' ')}
`;

function fail(message: string): never {
  process.stderr.write(`${message}\n${USAGE}`);
  process.exit(2);
}

function count(text: string, name: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : fail(`--${name} is ${text}; it must be a number`);
}

function need(name: string): string {
  return process.env[name] ?? fail(`${name} is not set; run this by "npm run chaos"`);
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    executions: { type: 'string', default: '300' },
    faults: { type: 'string', default: '10' },
    rate: { type: 'string', default: '4' },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    out: { type: 'string', default: '.chaos' },
  },
});
const only = values.only?.split(',');
const unknown = only?.filter((name) => !(FAULT_KINDS as string[]).includes(name)) ?? [];
if (unknown.length > 0) fail(`There is no fault ${unknown.join(', ')}`);

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interrupted.abort(new Error(`The run was ended by ${name}`)));

const report = await runChaos({
  signal: interrupted.signal,
  seed: values.seed,
  executions: count(values.executions, 'executions'),
  faults: count(values.faults, 'faults'),
  rate: count(values.rate, 'rate'),
  length: values.short ? 'short' : 'long',
  ...(only === undefined ? {} : { only: only as FaultKind[] }),
  dockerHost: need('DOCKER_HOST'),
  executorImage: need('EXECUTOR_IMAGE'),
  directory: values.out,
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${toText(report)}\n`);
process.exitCode = report.clean ? 0 : 1;
