import type { OmissionReason } from '@gantry/contracts';
import type { CollectOrder, CollectReport, CollectSink, Sandbox } from '@gantry/core';

export const ORDER: CollectOrder = {
  root: '/workspace',
  patterns: ['out/**'],
  maxFiles: 100,
  maxFileBytes: 10_000_000,
  maxTotalBytes: 50_000_000,
  wallMs: 10_000,
};

/** Everything that was collected. */
export class CollectedFiles implements CollectSink {
  readonly files = new Map<string, Buffer>();
  readonly omissions: Record<string, OmissionReason> = {};
  #path = '';
  #pieces: Buffer[] = [];

  file(path: string): void {
    this.#path = path;
    this.#pieces = [];
  }

  data(bytes: Uint8Array): void | Promise<void> {
    this.#pieces.push(Buffer.from(bytes));
  }

  end(given: 'complete' | OmissionReason): void {
    if (given === 'complete') this.files.set(this.#path, Buffer.concat(this.#pieces));
    else this.omissions[this.#path] = given;
  }

  omitted(path: string, reason: OmissionReason): void {
    this.omissions[path] = reason;
  }
}

export async function collectFrom(
  sandbox: Sandbox,
  changes: Partial<CollectOrder> = {},
): Promise<CollectedFiles & { report: CollectReport }> {
  const sink = new CollectedFiles();
  const report = await sandbox.collect({ ...ORDER, ...changes }, sink, new AbortController().signal);
  return Object.assign(sink, { report });
}
