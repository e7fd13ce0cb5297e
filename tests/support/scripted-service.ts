import { unranResult, type ExecutionResult, type NewEvent, type OutputText, type Runtime } from '@gantry/contracts';
import {
  DEFAULT_LIMITS,
  idleTracer,
  type AwaitDeps,
  type EventLog,
  type ExecutionStore,
  type ImageJobDeps,
  type Logger,
  type SubmitDeps,
  type WorkerControl,
  type WorkerDirectory,
} from '@gantry/core';
import {
  knownWorker,
  MemoryBlobStore,
  MemoryExecutions,
  MemoryFileStore,
  MemoryJobQueue,
  MemoryResultCache,
  MemoryTenantStorage,
  type BuildScript,
} from '@gantry/core/fakes';
import { ScriptedImageJobs } from './scripted-image-jobs.js';

/** What a test lets happen to an execution once its job is in the queue. */
export type Script = (run: ScriptedRun) => void | Promise<void>;

export interface ScriptedRun {
  readonly id: string;
  /** Aborts when somebody asks for the end. */
  readonly cancelled: AbortSignal;
  start(): Promise<void>;
  write(stream: 'stdout' | 'stderr', ...pieces: string[]): Promise<void>;
  end(result?: Partial<ExecutionResult>): Promise<void>;
}

export interface ServiceDeps extends SubmitDeps, AwaitDeps, Pick<ImageJobDeps, 'imageJobs' | 'imageRules'> {
  workers: WorkerDirectory & WorkerControl;
  version: string;
  shutdown: AbortSignal;
}

const PYTHON: Runtime = {
  name: 'python',
  aliases: ['py'],
  version: '3.11',
  fileName: 'main.py',
  extensions: [],
  install: null,
  compile: null,
  run: ['python3', '{file}'],
  env: {},
  preload: null,
  packageManager: 'pip',
  limits: {},
};

const WORKER = knownWorker({
  host: 'here',
  slots: 2,
  running: 1,
  engine: { available: true, version: '20.10', images: 3, executorDigest: 'sha256:1', message: null },
});

/** What stands behind the gateway, in memory: a queue, a store, an event log and a worker that plays a script. */
export class ScriptedService {
  readonly executions: MemoryExecutions;
  readonly logged: { level: string; message: string }[] = [];
  readonly deps: ServiceDeps;
  /** Ids in the order in which their jobs came. */
  readonly ids: string[] = [];
  /** What there is of images; `build` plays in every build. */
  readonly images: ScriptedImageJobs;
  readonly #script: Script;

  constructor(script: Script, build?: BuildScript) {
    this.#script = script;
    const clock = { now: () => Date.now(), monotonic: () => Math.round(performance.now()) };
    const storage = new MemoryTenantStorage(clock);
    this.executions = new MemoryExecutions(clock, storage);
    const logger = this.#logger();
    this.images = new ScriptedImageJobs({ clock, logger }, build);
    this.deps = {
      store: this.executions,
      events: this.executions,
      queue: new ObservedQueue((id) => this.#work(id)),
      runtimes: {
        list: () => [PYTHON],
        resolve: (name) => ([PYTHON.name, ...PYTHON.aliases].includes(name.toLowerCase()) ? PYTHON : null),
      },
      workers: {
        order: () => Promise.resolve(true),
        list: () => Promise.resolve([{ ...WORKER, images: this.images.builder.ready().slice() }]),
      },
      ...this.images.deps,
      files: new MemoryFileStore(clock),
      blobs: new MemoryBlobStore(clock),
      storage,
      cache: new MemoryResultCache(),
      clock,
      logger,
      tracer: idleTracer,
      rules: {
        ceilings: { ...DEFAULT_LIMITS, timeoutMs: 600_000, networkAllowed: false },
        maxCodeBytes: 1024,
        maxQueued: 10,
        maxQueuedPerTenant: 10,
        acceptWithinMs: 1000,
        inputFiles: { maxFiles: 10, maxBytes: 10_000, keepMs: 60_000 },
        files: { maxFileBytes: 10_000, maxFiles: 10, maxBytes: 50_000, keepMs: 60_000 },
      },
      version: '1.2.3',
      shutdown: new AbortController().signal,
    };
  }

  /** The same service with parts that fail. */
  broken(parts: { store?: Partial<ExecutionStore>; events?: Partial<EventLog> }): ServiceDeps {
    return {
      ...this.deps,
      store: overlaid<ExecutionStore>(this.executions, parts.store ?? {}),
      events: overlaid<EventLog>(this.executions, parts.events ?? {}),
    };
  }

  #work(id: string): void {
    this.ids.push(id);
    // After the caller has accepted it, as a real job is.
    setImmediate(() => void this.#runOf(id).then((run) => this.#script(run)));
  }

  async #runOf(id: string): Promise<ScriptedRun> {
    const cancel = new AbortController();
    await this.executions.onCancel((cancelled) => {
      if (cancelled === id) cancel.abort();
    });
    let offset = 0;
    const { executions } = this;
    return {
      id,
      cancelled: cancel.signal,
      start: async () => void (await executions.start(id, { worker: 'w1', nonce: id, leaseMs: 60_000 })),
      write: async (stream, ...pieces) => {
        const events = pieces.map((text): NewEvent => ({ type: stream, data: { text, encoding: 'utf-8' } }));
        await executions.append({ id, attempt: 1, offset }, events);
        offset += events.length;
      },
      end: async (result = {}) => {
        const completed = { ...unranResult('completed', 'exit_code', ''), message: null, exitCode: 0 };
        await executions.finish(id, null, { ...completed, ...result });
      },
    };
  }

  #logger(): Logger {
    const log =
      (level: string) =>
      (_fields: object, message: string): void =>
        void this.logged.push({ level, message });
    const logger: Logger = {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      child: () => logger,
    };
    return logger;
  }
}

class ObservedQueue extends MemoryJobQueue {
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

function overlaid<T extends object>(base: T, parts: Partial<T>): T {
  return new Proxy(base, {
    get(target, name) {
      const value: unknown = Reflect.get(name in parts ? parts : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export function output(text: string, more: Partial<OutputText> = {}): OutputText {
  return { text, encoding: 'utf-8', truncated: false, droppedBytes: 0, ...more };
}
