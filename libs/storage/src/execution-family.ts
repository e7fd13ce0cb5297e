import {
  DEFAULT_PRIORITY,
  EMPTY_OUTPUT,
  laneOf,
  unranResult,
  type ExecutionRequest,
  type ExecutionResult,
  type OutputText,
} from '@gantry/contracts';
import type { JobFamily } from './job-family.js';

type Spec = Omit<ExecutionRequest, 'code' | 'stdin'>;
/** Of what was accepted by a version without lanes: it waits in the one that all workers serve. */
const UNSCHEDULED: Partial<Spec> = { requires: [], priority: DEFAULT_PRIORITY, retryOnWorkerLost: 0 };
type Artifacts = Pick<ExecutionResult, 'artifacts' | 'artifactsOmitted'>;
/** `plain`: the field is the text itself; else it is JSON of all there is to know. */
type OutputFacts = Omit<OutputText, 'text' | 'bytes'> & { plain?: true };
type StoredResult = Omit<ExecutionResult, 'stdout' | 'stderr' | keyof Artifacts> & {
  /** Known without the output itself. */
  facts: { stdout: OutputFacts; stderr: OutputFacts };
};

export const EXECUTIONS: JobFamily<ExecutionRequest, ExecutionResult> = {
  space: null,
  encodeRequest: ({ code, stdin, ...spec }) => ({ spec: JSON.stringify(spec), code, stdin, image: spec.imageId ?? '' }),
  decodeRequest: (spec, code, stdin) => ({ ...UNSCHEDULED, ...(JSON.parse(spec) as Spec), code, stdin }),
  scheduleOf: ({ requires, priority }) => ({ lane: laneOf(requires), priority }),
  // The artifacts' paths may be hundreds of kilobytes: they lie with output, which lists do not read.
  encodeResult: ({ stdout, stderr, artifacts, artifactsOmitted, ...rest }) => ({
    result: JSON.stringify({
      ...rest,
      facts: { stdout: factsOf(stdout, stdout.bytes !== undefined), stderr: factsOf(stderr) },
    }),
    stdout: encodeOutput(stdout),
    stderr: JSON.stringify({ ...stderr, bytes: undefined, artifacts, artifactsOmitted }),
  }),
  decodeResult: (result, stdout, stderr) => {
    const { facts, ...rest } = JSON.parse(result) as StoredResult;
    const decoded: OutputText & Partial<Artifacts> = decodeOutput(stderr, facts.stderr);
    const { artifacts = [], artifactsOmitted = [], ...text } = decoded;
    return { ...rest, stdout: decodeOutput(stdout, facts.stdout), stderr: text, artifacts, artifactsOmitted };
  },
  loggedStreams: ({ stdout, stderr }) => [
    ...(stdout.logged === true ? (['stdout'] as const) : []),
    ...(stderr.logged === true ? (['stderr'] as const) : []),
  ],
  withOutput: (result, output) => ({ ...result, ...output }),
  cancelled: unranResult('cancelled', 'cancelled', 'Cancelled before it started'),
};

/** @param facts what is told where the output was not read */
export function decodeOutput(field: string | null, facts: OutputFacts = EMPTY_OUTPUT): OutputText {
  const { plain, ...known } = facts;
  if (field === null) return { text: '', ...known };
  if (plain !== true) return JSON.parse(field) as OutputText;
  // What is plain is long: only what is left to the log is empty.
  return { text: field, ...known, ...(field === '' ? { logged: true } : {}) };
}

function encodeOutput(output: OutputText): string | Buffer {
  const { bytes } = output;
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : JSON.stringify(output);
}

function factsOf({ encoding, truncated, droppedBytes, logged }: OutputText, plain = false): OutputFacts {
  return { encoding, truncated, droppedBytes, ...(plain ? { plain } : {}), ...(logged ? { logged } : {}) };
}
