import type { Readable, Writable } from 'node:stream';

/** What the command line touches of the process; handed in, so that tests can run it in memory. */
export interface CliIo {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Whether colours make sense, per stream. */
  colour: { stdout: boolean; stderr: boolean };
  /** Standard error is a terminal that can show bars. */
  bars: boolean;
  /** Standard output is a terminal that can be written over. */
  terminal: boolean;
  /** From the environment; options given on the command line win. */
  defaults: { baseUrl: string; apiKey: string | undefined; adminUrl: string; adminKey: string | undefined };
  version: string;
  /** Calls at each Ctrl-C or SIGTERM, in place of ending the process, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once. */
  exitNow(code: number): void;
}

/** Whoever read our output has stopped reading: `gantry list | head -1`. */
export class PipeClosed extends Error {
  override readonly name = 'PipeClosed';
}

/** Resolves when the bytes are handed on, so that a slow reader slows the writer. Throws `PipeClosed` when nobody reads. */
export function write(stream: Writable, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (!error) resolve();
      else reject(isClosedPipe(error) ? new PipeClosed('Nobody reads the output', { cause: error }) : error);
    });
  });
}

function isClosedPipe(error: Error): boolean {
  return (
    'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'ECONNRESET')
  );
}
