import { AppError } from '@gantry/contracts';
import type { EventLog } from '@gantry/core';

export interface OutputSoFar {
  stdout: string;
  stderr: string;
}

/** Pieces of output, each at most 64 KiB. */
const MAX_EVENTS = 200;

/**
 * The end of what a program that still runs has written; `null` when the log does not answer.
 * The caller has made sure that the execution belongs to the tenant.
 */
export async function outputSoFar(events: EventLog, id: string): Promise<OutputSoFar | null> {
  let output: OutputSoFar = { stdout: '', stderr: '' };
  try {
    for (const event of await events.recent(id, MAX_EVENTS)) {
      // A status opens the events of the next attempt.
      if (event.type === 'status') output = { stdout: '', stderr: '' };
      if (event.type === 'stdout' || event.type === 'stderr') output[event.type] += outputText(event.data);
    }
  } catch (error) {
    // The record answers the question that was asked also without its events.
    if (error instanceof AppError) return null;
    throw error;
  }
  return output;
}

/** A piece of output as text; binary pieces are only named, for their base64 says nothing to a reader. */
export function outputText(piece: { text: string; encoding: 'utf-8' | 'base64' }): string {
  if (piece.encoding === 'utf-8') return piece.text;
  return `[${Buffer.byteLength(piece.text, 'base64')} bytes of binary output]`;
}
