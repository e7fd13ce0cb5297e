import { AppError } from '@gantry/contracts';
import type { InputChannel } from './ports/index.js';

/** Hands bytes to a running (or waiting) program, and closes its input if told. `null` when there is no such execution for this tenant. */
export async function writeStdin(
  deps: { input: InputChannel },
  target: { id: string; tenant: string },
  write: { bytes: Uint8Array; close: boolean },
): Promise<{ acceptedBytes: number } | null> {
  switch (await deps.input.write(target, write.bytes, write.close)) {
    case 'gone':
      return null;
    case 'written':
      return { acceptedBytes: write.bytes.length };
    case 'not_streamed':
      throw new AppError('stdin_not_streamed', `The execution ${target.id} was not submitted with "stdin": "stream"`);
    case 'closed':
      throw new AppError('stdin_closed', `The standard input of ${target.id} is closed`);
    case 'full':
      throw new AppError('stdin_full', `The execution ${target.id} has too much unread input`, {
        retryAfterSeconds: 1,
      });
  }
}
