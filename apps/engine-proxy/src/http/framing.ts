import type { IncomingMessage } from 'node:http';
import { malformed } from '../policy/refusal.js';

const BODILESS = ['GET', 'HEAD', 'DELETE'];

/** Refuses a request about whose end a reader other than Node's might think otherwise. */
export function refuseUnclearFraming({ method = '', httpVersion, headers, rawHeaders }: IncomingMessage): void {
  if (httpVersion !== '1.1') throw malformed('the version of HTTP must be 1.1');
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const often = ['content-length', 'transfer-encoding', 'host', 'upgrade'].find(
    (name) => names.indexOf(name) !== names.lastIndexOf(name),
  );
  if (often !== undefined) throw malformed(`the header ${often} comes twice`);
  const length = headers['content-length'];
  const coding = headers['transfer-encoding'];
  if (length !== undefined && coding !== undefined) throw malformed('the body has a length and a coding');
  if (coding !== undefined && coding !== 'chunked') throw malformed('the body must be chunked or have a length');
  if (length !== undefined && !/^(0|[1-9]\d{0,14})$/.test(length))
    throw malformed('the length of the body is no number');
  if (BODILESS.includes(method) && (coding !== undefined || (length !== undefined && length !== '0')))
    throw malformed(`${method} has no body here`);
}
