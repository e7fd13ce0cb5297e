import {
  JobCancelView,
  JobList,
  JobView,
  STREAM_EVENT_DATA,
  type JobSummary,
  type StreamEvent,
} from '@gantry/contracts';
import { ask, readPages, type CallOptions } from './ask.js';
import { GantryApiError, GantryProtocolError } from './errors.js';
import { readEvents, type StreamSettings } from './event-stream.js';
import { waitForEnd, waitingCall, type ListOptions } from './executions.js';
import { checkId } from './ids.js';
import { decodeOutput } from './output-chunk.js';

/** What a build tells: as an execution's events, but with the job as the result. */
export type JobEvent = Exclude<StreamEvent, { type: 'result' }> | { id: number; type: 'result'; data: JobView };

const JOB_EVENT_DATA = { ...STREAM_EVENT_DATA, result: JobView };

export interface FollowJobOptions extends CallOptions {
  /** Called for each piece of the build log in order; whole lines as a rule. A returned promise holds back the stream. */
  onLog?: ((text: string) => void | Promise<void>) | undefined;
  /** Called for each step; `percent` counts the steps that are done. */
  onProgress?: ((step: { message: string; percent: number | null }) => void | Promise<void>) | undefined;
}

const pathOf = (id: string): string => `/jobs/${checkId('job', id)}`;

export function getJob(
  settings: StreamSettings,
  id: string,
  options: CallOptions & { waitSeconds?: number },
): Promise<JobView> {
  return ask(settings, waitingCall(settings, pathOf(id), options), JobView, `The state of ${id}`);
}

export function waitForJob(settings: StreamSettings, id: string, options: CallOptions): Promise<JobView> {
  return waitForEnd((waitSeconds) => getJob(settings, id, { ...options, waitSeconds }), options.signal);
}

export async function* listJobs(
  settings: StreamSettings,
  options: ListOptions,
): AsyncGenerator<JobSummary, void, void> {
  const query = {
    limit: String(options.pageSize ?? 50),
    ...(options.status === undefined ? {} : { status: options.status }),
  };
  const list = { path: '/jobs', query, schema: JobList, what: 'The list of image jobs' };
  for await (const page of readPages(settings, { ...list, signal: options.signal })) yield* page.jobs;
}

export function cancelJob(settings: StreamSettings, id: string, options: CallOptions): Promise<JobCancelView> {
  const call = { method: 'POST' as const, path: `${pathOf(id)}/cancel`, signal: options.signal };
  return ask(settings, call, JobCancelView, `The answer to cancelling ${id}`);
}

export function streamJob(
  settings: StreamSettings,
  id: string,
  options: CallOptions & { after?: number },
): AsyncGenerator<JobEvent, void, void> {
  const path = `${pathOf(id)}/stream`;
  return readEvents<JobEvent>(settings, {
    id,
    path,
    after: options.after ?? 0,
    schemas: JOB_EVENT_DATA,
    signal: options.signal,
  });
}

/** The end of a job, with its log given on the way. Where events are no longer kept, what was not seen of it comes from the job. */
export async function followJob(settings: StreamSettings, id: string, options: FollowJobOptions): Promise<JobView> {
  const { signal } = options;
  let lines = 0;
  try {
    for await (const event of streamJob(settings, id, { signal })) {
      if (event.type === 'result') return event.data;
      if (event.type === 'progress')
        await options.onProgress?.({ message: event.data.message, percent: event.data.percent ?? null });
      if (event.type !== 'stdout' && event.type !== 'stderr') continue;
      const text = new TextDecoder().decode(decodeOutput(event.data.text, event.data.encoding));
      lines += text.split('\n').length - 1;
      await options.onLog?.(text);
    }
  } catch (error) {
    if (!(error instanceof GantryApiError) || error.code !== 'history_gone') throw error;
    const view = await waitForJob(settings, id, { signal });
    for (const line of view.build_logs.slice(lines)) await options.onLog?.(`${line}\n`);
    return view;
  }
  throw new GantryProtocolError(`The event stream of ${id} ended without a result`);
}
