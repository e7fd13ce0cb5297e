import { isTerminal, JobCancelView, JobId } from '@gantry/contracts';
import { awaitJob, cancelJob } from '@gantry/core';
import { z } from 'zod';
import { defineTool } from '../tool.js';
import { jobOf } from './get-image-job.js';

/** Stopping a build takes the engine a moment. */
const WAIT_MS = 5000;

export const cancelImageJob = defineTool({
  name: 'cancel_image_job',
  title: 'Stop an image build',
  description:
    'Stops a waiting or running build of create_image or install_package and waits up to 5 s for its end. No effect on one that has ended; safe to repeat.',
  inputSchema: z.strictObject({ job_id: JobId.describe('As create_image or install_package gave it.') }),
  outputSchema: JobCancelView.strip(),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async run({ job_id: id }, { deps, tenant, signal }) {
    const target = { id, tenant, waitMs: WAIT_MS };
    const before = jobOf(await deps.imageJobs.store.get(id, tenant), id);
    if (!isTerminal(before.status)) jobOf(await cancelJob(deps.imageJobs, target), id);
    const { status, cancelRequested } = jobOf(
      await awaitJob({ ...deps.imageJobs, clock: deps.clock }, target, signal),
      id,
    );
    const data = { job_id: id, status, cancel_requested: cancelRequested };
    if (isTerminal(before.status))
      return { data, text: `The build ${id} had already ended with status ${status}; there was nothing to stop.` };
    if (status === 'cancelled') return { data, text: `The build ${id} is cancelled.` };
    const text = isTerminal(status)
      ? `The build ${id} ended with status ${status} before it could be stopped.`
      : `The build ${id} was told to stop and has not ended yet (status ${status}). Call get_image_job with wait_seconds to see its end.`;
    return { data, text };
  },
});
