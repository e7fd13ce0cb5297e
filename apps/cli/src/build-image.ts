import { GantryConnectionError, type BuildOptions, type Ordered } from '@gantry/client';
import type { CreateImageView } from '@gantry/contracts';
import { BuildProgress } from './build-progress.js';
import { CancelOnInterrupt } from './cancel-on-interrupt.js';
import { CliError } from './cli-error.js';
import { buildExitCode } from './exit-code.js';
import { describeBuildFailure, formatImageEnd } from './format-images.js';
import { visible } from './format-values.js';
import type { Session } from './session.js';

/** What orders for images have in common in their end. */
export type ImageEnd = Omit<CreateImageView, 'image_id'>;

/** Lines of the log that are shown after a failure on a terminal, where it was not shown before. */
const LOG_TAIL = 20;

/** Has an image built, shows how it goes, and tells its end. Ctrl-C cancels the build. */
export async function buildImage<End extends ImageEnd>(
  session: Session,
  build: (options: BuildOptions) => Promise<End>,
  idOf: (end: End) => string | null,
): Promise<number> {
  const end = await attend(session, build);
  if (session.json) await session.printJson(end);
  else if (end.success) await session.print(formatImageEnd(end, idOf(end), session.paint));
  return buildExitCode(end.status);
}

async function attend<End extends ImageEnd>(
  session: Session,
  build: (options: BuildOptions) => Promise<End>,
): Promise<End> {
  using progress = new BuildProgress(session);
  const { client, io } = session;
  const tell = (line: string): Promise<void> => progress.note(line);
  const interrupt = new CancelOnInterrupt({ io, cancel: (id) => client.cancelJob(id), tell });
  let jobId: string | null = null;
  const onSubmitted = (id: string): void => {
    jobId = id;
    interrupt.submitted(id);
  };
  try {
    const end = await build({ ...progress.handlers, onSubmitted });
    if (!session.json && !end.success) await progress.fail(end.build_logs.slice(-LOG_TAIL), describeBuildFailure(end));
    return end;
  } catch (error) {
    if (!(error instanceof GantryConnectionError) || jobId === null) throw error;
    const shown = visible(jobId);
    throw new CliError(
      `${error.message} The build ${shown} goes on without us: "gantry logs -f ${shown}" follows it again.`,
      { cause: error },
    );
  } finally {
    interrupt.close();
  }
}

/** Only orders it: prints the id of the job, or of the image when it was there. */
export async function orderOnly<End extends ImageEnd>(
  session: Session,
  order: () => Promise<Ordered<End>>,
  idOf: (end: End) => string | null,
): Promise<number> {
  const { job_id, status, image } = await order();
  if (session.json) await session.printJson(image ?? { job_id, status });
  else await session.print(image ? formatImageEnd(image, idOf(image), session.paint) : `${visible(job_id ?? '')}\n`);
  return 0;
}
