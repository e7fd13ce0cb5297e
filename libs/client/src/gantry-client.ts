import {
  CancelView,
  ExecutionProgress,
  HealthView,
  RuntimeList,
  STREAM_EVENT_DATA,
  TenantUsageView,
  type ArtifactList,
  type CreateImageView,
  type ExecutionSummary,
  type ExecutionView,
  type FileDeleted,
  type FileStatsView,
  type FileSummary,
  type FileUploaded,
  type FileView,
  type ImageDeleted,
  type ImageSummary,
  type ImageView,
  type InstallPackageView,
  type JobCancelView,
  type JobSummary,
  type JobView,
  type StreamEvent,
} from '@gantry/contracts';
import * as artifacts from './artifacts.js';
import { ask, type CallOptions } from './ask.js';
import { toSettings, type GantryClientOptions } from './client-options.js';
import type { Download } from './download.js';
import { readEvents, type StreamSettings } from './event-stream.js';
import * as executions from './executions.js';
import type { Accepted, ExecutionOrder, FileExecutionOrder, ListOptions, SubmitOptions } from './executions.js';
import * as files from './files.js';
import { followExecution, type FollowOptions } from './follow-execution.js';
import { checkId } from './ids.js';
import * as images from './images.js';
import type { BuildOptions, ImageOrder, InstallOrder, Ordered } from './images.js';
import * as jobs from './jobs.js';
import type { FollowJobOptions, JobEvent } from './jobs.js';
import type { FileUpload } from './upload-body.js';

/**
 * The REST API of Gantry. Holds no connection of its own, so there is nothing to close.
 *
 * All methods throw `GantryApiError` when the service says no, `GantryConnectionError` when it does not answer, `GantryProtocolError` when
 * something else answers, and the signal's reason when it is aborted. A failing program or build is a result, never an error.
 */
export class GantryClient {
  readonly #settings: StreamSettings;

  constructor(options: GantryClientOptions) {
    this.#settings = toSettings(options);
  }

  get baseUrl(): string {
    return this.#settings.baseUrl;
  }

  /** Submits and waits for the end, without live output. Aborting ends the wait, not the execution. */
  execute(order: ExecutionOrder, options: SubmitOptions = {}): Promise<ExecutionView> {
    return executions.execute(this.#settings, { path: '/execute', order }, options);
  }

  /** Submits and returns at once. Repeats itself safely while the service is away or asks for patience. */
  submit(order: ExecutionOrder, options: SubmitOptions = {}): Promise<Accepted> {
    return executions.submit(this.#settings, { path: '/execute', order }, options);
  }

  /** Submits and follows to the result, giving output as it is written. */
  async run(
    order: ExecutionOrder,
    options: SubmitOptions & FollowOptions & { onSubmitted?: (id: string) => void } = {},
  ): Promise<ExecutionView> {
    const { execution_id } = await this.submit(order, options);
    options.onSubmitted?.(execution_id);
    return this.follow(execution_id, options);
  }

  /** How an execution stands; with `waitSeconds`, as soon as it has ended or that time has passed. */
  get(id: string, options: CallOptions & { waitSeconds?: number } = {}): Promise<ExecutionView> {
    return executions.getExecution(this.#settings, id, options);
  }

  /** The result, however long it takes; bound it by a signal. */
  wait(id: string, options: CallOptions = {}): Promise<ExecutionView> {
    return executions.waitForExecution(this.#settings, id, options);
  }

  /** All executions of this tenant, newest first, page by page as they are consumed. */
  list(options: ListOptions = {}): AsyncGenerator<ExecutionSummary, void, void> {
    return executions.listExecutions(this.#settings, options);
  }

  /** Ends a waiting execution, or asks the worker to stop a running one; without effect on one that has ended. */
  async cancel(id: string, { signal }: CallOptions = {}): Promise<CancelView> {
    const path = `/executions/${checkId('execution', id)}/cancel`;
    return ask(this.#settings, { method: 'POST', path, signal }, CancelView, `The answer to cancelling ${id}`);
  }

  /**
   * The events after number `after` (default: all), up to and with `result`, without gap or duplicate, across broken connections. Throws
   * `GantryApiError` with code `history_gone` when the service no longer keeps them; `follow` goes on with the result then.
   */
  stream(id: string, options: CallOptions & { after?: number } = {}): AsyncGenerator<StreamEvent, void, void> {
    const path = `/executions/${checkId('execution', id)}/stream`;
    const { after = 0, signal } = options;
    return readEvents<StreamEvent>(this.#settings, { id, path, after, schemas: STREAM_EVENT_DATA, signal });
  }

  /** The result of an execution, with its output from the start on as it is written. */
  follow(id: string, options: FollowOptions = {}): Promise<ExecutionView> {
    return followExecution(this, id, options);
  }

  /** A look at an execution, with the output until now but without telling stdout from stderr. */
  async progress(id: string, { signal }: CallOptions = {}): Promise<ExecutionProgress> {
    const path = `/executions/${checkId('execution', id)}/progress`;
    return ask(this.#settings, { method: 'GET', path, signal }, ExecutionProgress, `The progress of ${id}`);
  }

  /** What an execution has left: the files that its request's `artifacts` matched. */
  async listArtifacts(executionId: string, options: CallOptions = {}): Promise<ArtifactList> {
    return artifacts.listArtifacts(this.#settings, executionId, options);
  }

  /** One of them; `path` as the list has it. */
  async downloadArtifact(executionId: string, path: string, options: CallOptions = {}): Promise<Download> {
    return artifacts.downloadArtifact(this.#settings, { executionId, path }, options);
  }

  /** All of them as one tar archive; 404 when there are none. */
  async downloadArtifacts(executionId: string, options: CallOptions = {}): Promise<Download> {
    return artifacts.downloadArtifacts(this.#settings, executionId, options);
  }

  /** Makes an image and follows the build to its end, giving its log on the way. Aborting ends the following, not the build. */
  createImage(order: ImageOrder, options: BuildOptions = {}): Promise<CreateImageView> {
    return images.createImage(this.#settings, order, options);
  }

  /** Orders an image and returns at once: with the job to follow, or with the image when it was there. */
  orderImage(order: ImageOrder, options: SubmitOptions = {}): Promise<Ordered<CreateImageView>> {
    return images.orderImage(this.#settings, order, options);
  }

  /** Makes a new image with packages on top of another, and follows the build to its end. */
  installPackages(order: InstallOrder, options: BuildOptions = {}): Promise<InstallPackageView> {
    return images.installPackages(this.#settings, order, options);
  }

  /** As `orderImage`. */
  orderPackages(order: InstallOrder, options: SubmitOptions = {}): Promise<Ordered<InstallPackageView>> {
    return images.orderPackages(this.#settings, order, options);
  }

  /** All images of this tenant, newest first, page by page as they are consumed. */
  listImages(options: CallOptions & { pageSize?: number } = {}): AsyncGenerator<ImageSummary, void, void> {
    return images.listImages(this.#settings, options);
  }

  /** By id or by a name of this tenant. */
  async getImage(idOrName: string, options: CallOptions = {}): Promise<ImageView> {
    return images.getImage(this.#settings, idOrName, options);
  }

  /** Forgets an image and its names; refused while executions wait or run on it. */
  async deleteImage(idOrName: string, options: CallOptions = {}): Promise<ImageDeleted> {
    return images.deleteImage(this.#settings, idOrName, options);
  }

  /** How an image job stands; with `waitSeconds`, as soon as it has ended or that time has passed. */
  async getJob(id: string, options: CallOptions & { waitSeconds?: number } = {}): Promise<JobView> {
    return jobs.getJob(this.#settings, id, options);
  }

  /** The end of an image job, however long it takes. */
  waitForJob(id: string, options: CallOptions = {}): Promise<JobView> {
    return jobs.waitForJob(this.#settings, id, options);
  }

  listJobs(options: ListOptions = {}): AsyncGenerator<JobSummary, void, void> {
    return jobs.listJobs(this.#settings, options);
  }

  /** As `stream`, for an image job. */
  streamJob(id: string, options: CallOptions & { after?: number } = {}): AsyncGenerator<JobEvent, void, void> {
    return jobs.streamJob(this.#settings, id, options);
  }

  /** The end of an image job, with its log from the start on. */
  followJob(id: string, options: FollowJobOptions = {}): Promise<JobView> {
    return jobs.followJob(this.#settings, id, options);
  }

  async cancelJob(id: string, options: CallOptions = {}): Promise<JobCancelView> {
    return jobs.cancelJob(this.#settings, id, options);
  }

  /** Keeps a file. Its content is read as it goes out. */
  uploadFile(file: FileUpload, options: files.UploadOptions = {}): Promise<FileUploaded> {
    return files.uploadFile(this.#settings, file, options);
  }

  /** All files of this tenant, newest first, page by page as they are consumed. */
  listFiles(options: CallOptions & { pageSize?: number } = {}): AsyncGenerator<FileSummary, void, void> {
    return files.listFiles(this.#settings, options);
  }

  /** What there is to know of a file; its content too when it has at most 1 MiB. */
  async getFile(id: string, options: CallOptions = {}): Promise<FileView> {
    return files.getFile(this.#settings, id, options);
  }

  /** Exactly its bytes. */
  async downloadFile(id: string, options: CallOptions = {}): Promise<Download> {
    return files.downloadFile(this.#settings, id, options);
  }

  fileStats(options: CallOptions = {}): Promise<FileStatsView> {
    return files.fileStats(this.#settings, options);
  }

  async deleteFile(id: string, options: CallOptions = {}): Promise<FileDeleted> {
    return files.deleteFile(this.#settings, id, options);
  }

  /** Runs an uploaded file and waits for the end, as `execute`. */
  async executeFile(id: string, order: FileExecutionOrder = {}, options: SubmitOptions = {}): Promise<ExecutionView> {
    return executions.execute(this.#settings, { path: `${files.filePath(id)}/execute`, order }, options);
  }

  /** Runs an uploaded file and returns at once, as `submit`. */
  async submitFile(id: string, order: FileExecutionOrder = {}, options: SubmitOptions = {}): Promise<Accepted> {
    return executions.submit(this.#settings, { path: `${files.filePath(id)}/execute`, order }, options);
  }

  async runtimes({ signal }: CallOptions = {}): Promise<RuntimeList['runtimes']> {
    const call = { method: 'GET' as const, path: '/runtimes', signal };
    return (await ask(this.#settings, call, RuntimeList, 'The list of runtimes')).runtimes;
  }

  /** What this tenant used, day by day, and what it may use. */
  async usage({ signal }: CallOptions = {}): Promise<TenantUsageView> {
    return ask(this.#settings, { method: 'GET', path: '/usage', signal }, TenantUsageView, 'The usage');
  }

  /** One try, for the question is how it is now. An unhealthy service is an answer, not an error. */
  health({ signal }: CallOptions = {}): Promise<HealthView> {
    const call = { method: 'GET' as const, path: '/health', signal, maxRetries: 0 };
    return ask(this.#settings, call, HealthView, 'The state of the service');
  }
}
