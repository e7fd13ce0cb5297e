import { GantryConnectionError, outputOf, type GantryClient } from '@gantry/client';
import type { ExecutionView } from '@gantry/contracts';
import { CliError } from './cli-error.js';
import { visible } from './format-values.js';
import { PipeClosed } from './io.js';
import type { LiveOutput } from './live-output.js';

/** Writes the output as it comes, and returns the result. */
export function followLive(client: GantryClient, id: string, output: LiveOutput): Promise<ExecutionView> {
  return attended(client, id, () =>
    client.follow(id, {
      onOutput: (chunk) => output.take(chunk),
      onRestart: (attempt) => output.restart(attempt),
      onEvent: async (event) => {
        if (event.type === 'progress') await output.progress(visible(event.data.message));
      },
    }),
  );
}

/** Waits for the end, then writes the output as the result keeps it. */
export function waitForEnd(client: GantryClient, id: string, output: LiveOutput): Promise<ExecutionView> {
  return attended(client, id, async () => {
    const view = await client.wait(id);
    for (const stream of ['stdout', 'stderr'] as const) {
      const truncated = stream === 'stdout' ? view.stdout_truncated : view.stderr_truncated;
      await output.take({ stream, bytes: outputOf(view, stream), droppedBytes: truncated ? null : 0 });
    }
    return view;
  });
}

async function attended(
  client: GantryClient,
  id: string,
  follow: () => Promise<ExecutionView>,
): Promise<ExecutionView> {
  try {
    return await follow();
  } catch (error) {
    // As SIGPIPE would end a program whose output nobody reads. If the cancel fails too, the time limit ends it.
    if (error instanceof PipeClosed) await client.cancel(id).catch(() => undefined);
    if (!(error instanceof GantryConnectionError)) throw error;
    const shown = visible(id);
    throw new CliError(
      `${error.message} Execution ${shown} goes on without us: "gantry logs -f ${shown}" follows it again.`,
      { cause: error },
    );
  }
}
