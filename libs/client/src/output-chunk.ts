import type { ExecutionView, StreamEvent } from '@gantry/contracts';
import { GantryProtocolError } from './errors.js';

export type OutputStream = 'stdout' | 'stderr';

/** Bytes a program wrote, exactly as it wrote them. */
export interface OutputChunk {
  stream: OutputStream;
  bytes: Uint8Array;
  /** Bytes of this stream that are missing before these: 0 in the normal case, `null` when it is not known how many. */
  droppedBytes: number | null;
}

/** The exact bytes of a text field of the contract. */
export function decodeOutput(text: string, encoding: 'utf-8' | 'base64'): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  try {
    // atob, not Buffer: this package also runs in browsers.
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new GantryProtocolError(
      'Output marked as base64 is not base64. Check that this client is as new as the service.',
    );
  }
}

export function chunkOf(event: Extract<StreamEvent, { type: OutputStream }>): OutputChunk {
  return {
    stream: event.type,
    bytes: decodeOutput(event.data.text, event.data.encoding),
    droppedBytes: event.data.dropped_bytes ?? 0,
  };
}

/** All output of one stream as the result keeps it. */
export function outputOf(view: ExecutionView, stream: OutputStream): Uint8Array {
  const [text, encoding] =
    stream === 'stdout' ? [view.stdout, view.stdout_encoding] : [view.stderr, view.stderr_encoding];
  return decodeOutput(text ?? '', encoding);
}

/** What was seen of one stream until its events were gone. */
export interface SeenOutput {
  bytes: number;
  /** Something was left out already, so that `bytes` is no position in the whole output. */
  incomplete: boolean;
}

/**
 * What the result still has of a stream after `seen`, or `null` when nothing is missing. A result that was cut, or events that were, leave no
 * common position: then the chunk only says that something is missing, unless nothing was seen yet.
 */
export function remainingOutput(view: ExecutionView, stream: OutputStream, seen: SeenOutput): OutputChunk | null {
  const all = outputOf(view, stream);
  const truncated = stream === 'stdout' ? view.stdout_truncated : view.stderr_truncated;
  if (seen.bytes === 0 && !seen.incomplete) {
    return all.length === 0 && !truncated ? null : { stream, bytes: all, droppedBytes: truncated ? null : 0 };
  }
  if (truncated || seen.incomplete) return { stream, bytes: new Uint8Array(), droppedBytes: null };
  return all.length > seen.bytes ? { stream, bytes: all.subarray(seen.bytes), droppedBytes: 0 } : null;
}
