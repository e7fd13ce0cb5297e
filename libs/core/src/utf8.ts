const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text when the bytes are valid UTF-8, else `null`. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * How many bytes at the end may be the beginning of a code point whose rest is still to come (0 to 3).
 * Bytes that can't become valid any more count as 0.
 */
export function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return byte < 0xf5 && length > back ? back : 0;
  }
  return 0;
}

/** How many bytes at the start continue a code point whose beginning is missing (0 to 3). */
export function orphanedHead(bytes: Uint8Array): number {
  let count = 0;
  while (count < 3 && count < bytes.length && ((bytes[count] as number) & 0xc0) === 0x80) count++;
  return count;
}

/** Text if possible, base64 of exactly these bytes if not. */
export function encodeOutput(bytes: Uint8Array): { text: string; encoding: 'utf-8' | 'base64' } {
  const text = decodeUtf8(bytes);
  return text === null
    ? { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
    : { text, encoding: 'utf-8' };
}
