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
  /** `''`: it is read from the event log. */
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
  /** @param logged the event log has all output: what is long need not lie in the record too */
  encodeResult(result: Result, logged?: boolean): EncodedResult;
  /** `stdout` and `stderr` are `null` where only a summary was read. */
  decodeResult(result: string, stdout: string | null, stderr: string | null): Result;
  /** How one ends that was cancelled before it started. */
  cancelled: Result;
}
