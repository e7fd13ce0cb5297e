import type { Response } from 'express';

/**
 * Aborts when the client has gone away before its answer was complete, or when the server shuts down (if that is given). Listens by hand and stops with the
 * answer: on Node 20 `AbortSignal.any` leaves something behind at a signal that lives as long as the process, for every request.
 */
export function requestSignal(response: Response, shutdown?: AbortSignal): AbortSignal {
  const abort = new AbortController();
  const onShutdown = (): void => abort.abort(shutdown?.reason);
  shutdown?.addEventListener('abort', onShutdown);
  if (shutdown?.aborted) onShutdown();
  const onClose = (): void => {
    shutdown?.removeEventListener('abort', onShutdown);
    if (!response.writableFinished) abort.abort(new Error('The client has gone away'));
  };
  response.on('close', onClose);
  // It may have gone while it was looked who it is.
  if (response.destroyed) onClose();
  return abort.signal;
}
