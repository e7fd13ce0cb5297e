import { isUtf8 } from 'node:buffer';
import { AppError } from '@gantry/contracts';
import type { Request, RequestHandler } from 'express';
import readRawBody from 'raw-body';

const MAX_NESTING = 64;

/**
 * Parses JSON bodies, capped in bytes and in depth; every other kind of body is refused. (The body parser of Express reads a body that
 * is over its cap to its end before it says so.)
 */
export function jsonBody(maxBytes: number): RequestHandler {
  return async (request, _response, next) => {
    if (!hasBody(request)) return next();
    if (!request.is('application/json')) {
      throw new AppError(
        'unsupported_media_type',
        `Content-Type ${request.headers['content-type'] ?? '(none)'} is not taken`,
      );
    }
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new AppError('unsupported_media_type', 'Compressed bodies are not taken');
    }
    request.body = parseJson(await readCapped(request, maxBytes));
    next();
  };
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

async function readCapped(request: Request, maxBytes: number): Promise<Buffer> {
  try {
    return await readRawBody(request, { limit: maxBytes, length: request.headers['content-length'] ?? null });
  } catch (error) {
    if ((error as { type?: string }).type === 'entity.too.large') {
      throw new AppError('body_too_large', `The body is above the cap of this service (${maxBytes} bytes)`);
    }
    throw new AppError('malformed_json', 'The body could not be read to its end', { cause: error });
  }
}

function parseJson(raw: Buffer): unknown {
  if (!isUtf8(raw)) throw new AppError('malformed_json', 'The body is not valid UTF-8');
  if (isTooDeep(raw)) throw new AppError('nesting_too_deep', `The JSON is nested more than ${MAX_NESTING} deep`);
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch (error) {
    throw new AppError('malformed_json', 'The body cannot be parsed as JSON', { cause: error });
  }
}

/** Counts brackets outside strings, before anything recursive sees the text. */
export function isTooDeep(raw: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_NESTING) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
