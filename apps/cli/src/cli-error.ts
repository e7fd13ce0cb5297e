/** A fault on this side of the wire, with a message for the person at the terminal. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** The command line makes no sense as it stands. Exit code 2, as with unknown options. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
