import { AppError, isTerminal, JobId, type ImageJobRecord, type JobView } from '@gantry/contracts';
import { z } from 'zod';
import { toJobView } from '../../http/wire-images.js';
import { awaitWithProgress } from '../follow-output.js';
import { imageText, isFailure, JobAnswer, MaxLogChars, withCappedLog } from '../image-answer.js';
import { defineTool } from '../tool.js';

export const getImageJob = defineTool({
  name: 'get_image_job',
  title: 'Look at an image build',
  description: [
    'Tells how a build of create_image or install_package stands: the image when it has ended, its log, why it failed.',
    'With wait_seconds it waits that long for the end. Giving up the call does not stop the build.',
  ].join(' '),
  inputSchema: z.strictObject({
    job_id: JobId.describe('As create_image or install_package gave it.'),
    wait_seconds: z
      .number()
      .min(0)
      .max(300)
      .default(0)
      .describe('How long to wait for the end; keep it below the request timeout of your client, often 60.'),
    max_log_chars: MaxLogChars,
  }),
  outputSchema: JobAnswer,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ job_id: id, wait_seconds, max_log_chars }, context) {
    const { deps, tenant } = context;
    // Whose it is must be known before its events are read, for the event log knows no tenants.
    const found = jobOf(await deps.imageJobs.store.get(id, tenant), id);
    const target = { id, tenant, waitMs: wait_seconds * 1000 };
    const record = isTerminal(found.status)
      ? found
      : jobOf(await awaitWithProgress(context, deps.imageJobs, target), id);
    const data = withCappedLog(toJobView(record), max_log_chars);
    const told = { done: 'Image Ready:', failed: 'Image Build Failed:', lines: factsOf(data), logTitle: 'Build Logs:' };
    return { data, text: imageText(told, data), failed: isFailure(data) };
  },
});

function factsOf({ job_id, image_id, image_name, build_seconds }: JobView): string[] {
  return [
    `- Job ID: ${job_id}`,
    `- Image ID: ${image_id ?? 'none'}`,
    `- Image Name: ${image_name ?? 'none'}`,
    ...(build_seconds === null ? [] : [`- Build Time: ${build_seconds.toFixed(2)}s`]),
  ];
}

/** The record that was asked for; another tenant's and a missing one are the same. */
export function jobOf(record: ImageJobRecord | null, id: string): ImageJobRecord {
  if (record) return record;
  throw new AppError('not_found', `There is no image job ${id}`, {
    suggestion: 'Check the job_id; jobs past their retention are gone, but list_images has the images they made.',
  });
}
