import type { OutputStream, OutputText } from '@gantry/contracts';

/** The large parts of a record have hash fields of their own, so that lists need not read them. */
export interface EncodedRequest {
  spec: string;
  code: string;
  stdin: string;
  /** Id of the image it uses, by which the image is known to be in use; empty = none. */
  image: string;
}

export interface EncodedResult {
  result: string;
  stdout: string | Buffer;
  stderr: string;
}

/**
 * One kind of jobs: where its records lie, and how. All kinds share the scripts, which build every key from the prefix they are given.
 */
export interface JobFamily<Request, Result> {
  /** Key space within the deployment; `null` = the deployment's own. */
  space: string | null;
  encodeRequest(request: Request): EncodedRequest;
  /** How workers come to it (docs/scheduling.md); `null` = in the order of their queue. */
  scheduleOf(request: Request): { lane: string; priority: number } | null;
  /** `code` and `stdin` are empty where only a summary was read. */
  decodeRequest(spec: string, code: string, stdin: string): Request;
  encodeResult(result: Result): EncodedResult;
  /** `stdout` and `stderr` are `null` where only a summary was read. */
  decodeResult(result: string, stdout: string | null, stderr: string | null): Result;
  /** Streams whose output is not in the record, but in the event log. */
  loggedStreams(result: Result): OutputStream[];
  /** The result with what was found there. */
  withOutput(result: Result, output: Partial<Record<OutputStream, OutputText>>): Result;
  /** How one ends that was cancelled before it started. */
  cancelled: Result;
}
