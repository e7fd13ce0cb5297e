import { AppError } from '@gantry/contracts';

/** The same bytes in pieces of exactly `pieceBytes`, the last one shorter; nothing for no bytes. Throws `file_too_large` past `maxBytes`. */
export async function* inPieces(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  pieceBytes: number,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let held = 0;
  let size = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    size += chunk.length;
    if (size > maxBytes) throw new AppError('file_too_large', `The file has more than ${maxBytes} bytes`);
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (held + rest.length >= pieceBytes) {
      const head = rest.subarray(0, pieceBytes - held);
      rest = rest.subarray(head.length);
      yield parts.length === 0 ? head : Buffer.concat([...parts, head]);
      parts = [];
      held = 0;
    }
    if (rest.length === 0) continue;
    parts.push(rest);
    held += rest.length;
  }
  if (held > 0) yield parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
