import { DeadlinePassed } from './deadline.js';
import { GantryConnectionError } from './errors.js';

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|EPROTO/;

/** What fetch threw, as an error that says what to do. `baseUrl` is what the caller configured. */
export function toConnectionError(error: unknown, baseUrl: string): GantryConnectionError {
  if (error instanceof DeadlinePassed) {
    return new GantryConnectionError(
      'timeout',
      `${baseUrl} did not answer within ${error.afterMs / 1000} s. Check that Gantry is healthy there, or allow more time.`,
      { cause: error },
    );
  }
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return new GantryConnectionError(
        'unreachable',
        `Nothing listens at ${baseUrl}. Start Gantry there, or use another base URL.`,
        { cause: error },
      );
    case 'ENOTFOUND':
      return new GantryConnectionError(
        'unreachable',
        `The host of ${baseUrl} is not known. Check the spelling of the base URL.`,
        { cause: error, retryable: false },
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EAI_AGAIN':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new GantryConnectionError(
        'unreachable',
        `${baseUrl} cannot be reached (${code}). Check the network and the base URL.`,
        { cause: error },
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return new GantryConnectionError(
        'timeout',
        `${baseUrl} did not answer in time. Check that Gantry is healthy there.`,
        { cause: error },
      );
  }
  if (TLS_CODE.test(code)) {
    return new GantryConnectionError(
      'untrusted',
      `No secure connection to ${baseUrl} (${code}). Check http against https, or give the certificate authority in NODE_EXTRA_CA_CERTS.`,
      { cause: error },
    );
  }
  const why = code === '' ? messageOf(error) : code;
  if (why === 'bad port') {
    const message = `The port of ${baseUrl} belongs to another protocol, so fetch never connects to it. Serve Gantry on another port.`;
    return new GantryConnectionError('unreachable', message, { cause: error, retryable: false });
  }
  return new GantryConnectionError(
    'interrupted',
    `The connection to ${baseUrl} broke (${why}). Try again; if it stays, look at the gateway and what is in between.`,
    { cause: error },
  );
}

/** fetch hides the system's error in `cause`, at one level or two. By shape, for it may come from another realm. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 3; depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = 'cause' in at ? at.cause : null;
  }
  return '';
}

/** The innermost message says most: the outer one is always "fetch failed". */
function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('cause' in error && error.cause !== undefined) return messageOf(error.cause);
  return 'message' in error ? String(error.message) : 'unknown';
}
