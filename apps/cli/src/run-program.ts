import type { Accepted } from '@gantry/client';
import type { ExecutionView } from '@gantry/contracts';
import { CancelOnInterrupt } from './cancel-on-interrupt.js';
import type { RunOptions } from './exec-options.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { followLive, waitForEnd } from './follow-live.js';
import { visible } from './format-values.js';
import { describeEnd } from './format-views.js';
import { LiveOutput } from './live-output.js';
import { saveArtifacts } from './save-artifacts.js';
import type { Session } from './session.js';

/** Submits a program and sees it to its end as the options say. Returns the exit code. */
export async function runProgram(
  session: Session,
  submit: () => Promise<Accepted>,
  options: RunOptions,
): Promise<number> {
  if (options.detach) return detach(session, await submit());
  const output = new LiveOutput(session.io);
  const { client, io } = session;
  const interrupt = new CancelOnInterrupt({ io, cancel: (id) => client.cancel(id), tell: (line) => output.note(line) });
  try {
    const { execution_id: id, cached } = await submit();
    interrupt.submitted(id);
    if (cached && !session.json) await output.note(`answered from the cache: the result of ${visible(id)}`);
    const view = await seeToItsEnd(session, { id, output, atTheEnd: options.wait ?? false });
    const wantsFiles = options.artifact !== undefined && view.status !== 'cancelled';
    const saved = wantsFiles ? await saveArtifacts(session, { ...view, execution_id: id }, options.output) : true;
    return exitCodeOf(view) || (saved ? 0 : EXIT.failure);
  } finally {
    interrupt.close();
  }
}

async function seeToItsEnd(
  session: Session,
  { id, output, atTheEnd }: { id: string; output: LiveOutput; atTheEnd: boolean },
): Promise<ExecutionView> {
  if (session.json) {
    const view = await session.client.wait(id);
    await session.printJson(view);
    return view;
  }
  const view = await (atTheEnd ? waitForEnd : followLive)(session.client, id, output);
  const end = describeEnd(view);
  if (end !== null) await output.note(end);
  return view;
}

async function detach(session: Session, accepted: Accepted): Promise<number> {
  if (session.json) await session.printJson(accepted);
  else await session.print(`${accepted.execution_id}\n`);
  return 0;
}
