import { isUtf8 } from 'node:buffer';
import { AppError } from '@gantry/contracts';
import express, { type RequestHandler } from 'express';

const MAX_NESTING = 64;

/** Parses JSON bodies, capped in bytes and in depth; every other kind of body is refused. */
export function jsonBody(maxBytes: number): RequestHandler[] {
  const parse = express.json({
    limit: maxBytes,
    strict: false,
    type: 'application/json',
    verify: (_request, _response, raw) => {
      if (!isUtf8(raw)) throw new AppError('malformed_json', 'The body is not valid UTF-8');
      if (isTooDeep(raw)) throw new AppError('nesting_too_deep', `The JSON is nested more than ${MAX_NESTING} deep`);
    },
  });
  return [refuseOtherMediaTypes, parse];
}

const refuseOtherMediaTypes: RequestHandler = (request, _response, next) => {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) {
    throw new AppError('unsupported_media_type', `Content-Type ${request.headers['content-type'] ?? '(none)'} is not taken`);
  }
  next();
};

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
