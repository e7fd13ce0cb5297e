import type { Response } from 'express';

/** Aborts when the client has gone away before the answer was complete. */
export function requestSignal(response: Response): AbortSignal {
  const abort = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) abort.abort(new Error('The client has gone away'));
  });
  return abort.signal;
}
