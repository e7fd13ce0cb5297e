import { ActiveAttempts, idleTracer, runImageJob, type Clock, type ImageJobDeps, type Logger } from '@gantry/core';
import {
  MemoryBlobStore,
  MemoryImageJobs,
  MemoryImageStore,
  MemoryJobQueue,
  MemoryTenantStorage,
  ScriptedImageBuilder,
  type BuildScript,
} from '@gantry/core/fakes';

/** What there is of images, in memory: a queue of jobs, and a worker whose builds play a script. */
export class ScriptedImageJobs {
  readonly jobs: MemoryImageJobs;
  readonly builder: ScriptedImageBuilder;
  readonly deps: Pick<ImageJobDeps, 'images' | 'imageJobs' | 'imageRules'>;
  /** Ids in the order in which their jobs came. */
  readonly ids: string[] = [];

  constructor(common: { clock: Clock; logger: Logger }, script?: BuildScript) {
    const { clock, logger } = common;
    const jobs = new MemoryImageJobs(clock);
    const images = new MemoryImageStore(clock);
    this.jobs = jobs;
    this.builder = new ScriptedImageBuilder(script);
    const active = new ActiveAttempts();
    void jobs.onCancel((id) => active.stop(id, 'cancelled'));
    const kept = { blobs: new MemoryBlobStore(clock), storage: new MemoryTenantStorage(clock) };
    const worker = { attempts: jobs, events: jobs, active, images, builder: this.builder, ...kept, clock, logger };
    const queue = new WorkedQueue((id) => {
      this.ids.push(id);
      const delivery = { id, signal: new AbortController().signal, failedBefore: 0, retriesLeft: true };
      // After the caller has accepted it, as a real job is.
      setImmediate(
        () => void runImageJob({ ...worker, tracer: idleTracer, workerId: 'w1', leaseMs: 60_000 }, delivery),
      );
    });
    this.deps = {
      images,
      imageJobs: { store: jobs, events: jobs, queue },
      imageRules: { allowedBases: [], customDockerfile: false, maxContextBytes: 10_000 },
    };
  }
}

class WorkedQueue extends MemoryJobQueue {
  readonly #onJob: (id: string) => void;

  constructor(onJob: (id: string) => void) {
    super();
    this.#onJob = onJob;
  }

  override async enqueue(id: string): Promise<void> {
    await super.enqueue(id);
    this.#onJob(id);
  }
}
