import { EMPTY_OUTPUT, unbuiltResult, type ImageRequest, type ImageResult } from '@gantry/contracts';
import { decodeOutput } from './execution-family.js';
import type { JobFamily } from './job-family.js';

type StoredResult = Omit<ImageResult, 'log'>;

const EMPTY = JSON.stringify(EMPTY_OUTPUT);

/** A build's log lies where an execution has its standard output. */
export const IMAGE_JOBS: JobFamily<ImageRequest, ImageResult> = {
  space: 'images',
  encodeRequest: (request) => ({ spec: JSON.stringify(request), code: '', stdin: '', image: '' }),
  scheduleOf: () => null,
  decodeRequest: (spec) => JSON.parse(spec) as ImageRequest,
  encodeResult: ({ log, ...rest }) => ({ result: JSON.stringify(rest), stdout: JSON.stringify(log), stderr: EMPTY }),
  decodeResult: (result, stdout) => ({ ...(JSON.parse(result) as StoredResult), log: decodeOutput(stdout) }),
  loggedStreams: () => [],
  withOutput: (result) => result,
  cancelled: unbuiltResult('cancelled', 'cancelled', 'Cancelled before it started'),
};
