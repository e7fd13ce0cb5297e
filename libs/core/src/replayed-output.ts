import type { NewEvent, OutputStream, OutputText } from '@gantry/contracts';
import { gapNotice } from './output-buffer.js';

type Piece = (NewEvent & { type: 'stdout' })['data'];

/** Puts the output of the last attempt together from its events. */
export class ReplayedOutput {
  readonly #streams: readonly OutputStream[];
  #pieces: Record<OutputStream, Piece[]> = { stdout: [], stderr: [] };

  /** @param streams those that are asked for */
  constructor(streams: readonly OutputStream[]) {
    this.#streams = streams;
  }

  /** Of any kind, in their order. */
  take(event: Pick<NewEvent, 'type' | 'data'>): void {
    // A status opens the events of the next attempt.
    if (event.type === 'status') this.#pieces = { stdout: [], stderr: [] };
    if ((event.type === 'stdout' || event.type === 'stderr') && this.#streams.includes(event.type))
      this.#pieces[event.type].push(event.data as Piece);
  }

  /** Of the streams that were asked for. */
  texts(): Partial<Record<OutputStream, OutputText>> {
    return Object.fromEntries(this.#streams.map((stream) => [stream, joined(this.#pieces[stream])]));
  }
}

/** As `OutputBuffer` tells of the same bytes; pieces never end inside a code point. */
function joined(pieces: readonly Piece[]): OutputText {
  const droppedBytes = pieces.reduce((sum, piece) => sum + (piece.droppedBytes ?? 0), 0);
  const truncated = droppedBytes > 0;
  if (pieces.some(({ encoding }) => encoding === 'base64')) {
    const bytes = Buffer.concat(pieces.map(({ text, encoding }) => Buffer.from(text, encoding)));
    return { text: bytes.toString('base64'), encoding: 'base64', truncated, droppedBytes };
  }
  const texts = pieces.map((piece) => (piece.droppedBytes ? gapNotice(piece.droppedBytes) : '') + piece.text);
  return { text: texts.join(''), encoding: 'utf-8', truncated, droppedBytes };
}
