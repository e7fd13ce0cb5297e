const MAX_TEXT = 8192;
const MAX_CAUSES = 8;

/**
 * An error as the log has it: kind, code, message and stack, with those of its causes, and nothing that a vendor has hung on it besides. A
 * Redis error, for instance, carries the command with all arguments: programs and their output.
 */
export function toLoggedError(error: unknown): object {
  return loggedError(error, MAX_CAUSES);
}

function loggedError(error: unknown, depth: number): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: error.message.slice(0, MAX_TEXT),
    stack: error.stack?.slice(0, MAX_TEXT),
    ...(error.cause === undefined || depth === 0 ? {} : { cause: loggedError(error.cause, depth - 1) }),
  };
}
