import { messageOf, toSandboxPattern, type ExecutionRecord, type ExecutionResult } from '@gantry/contracts';
import { ArtifactKeeper } from './artifact-keeper.js';
import type { BlobStore, Clock, Logger, Sandbox, TenantStorage, Tracer } from './ports/index.js';
import { SPAN } from './tracing/span-names.js';

export interface ArtifactRules {
  maxFiles: number;
  maxFileBytes: number;
  /** All of one execution. */
  maxTotalBytes: number;
  /** How long after the end. */
  keepMs: number;
}

export interface CollectDeps {
  blobs: BlobStore;
  storage: TenantStorage;
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  artifacts: ArtifactRules;
}

interface CollectRun {
  record: ExecutionRecord;
  sandbox: Sandbox;
  signal: AbortSignal;
}

export type Collected = Pick<ExecutionResult, 'artifacts' | 'artifactsOmitted' | 'artifactsOmittedCount'>;

/** Until the sandbox is done, waiting for the store included. */
const COLLECT_MS = 15_000;
/** What the store may still need after that. */
const LAST_PUTS_MS = 5000;

const NOTHING: Collected = { artifacts: [], artifactsOmitted: [], artifactsOmittedCount: 0 };

/**
 * Brings out what the request asks for and keeps it. Never throws and never changes the verdict: what can't be had is listed with its
 * reason. Bounded in time, whatever the sandbox and the store do. A cancelled execution leaves nothing.
 */
export async function collectArtifacts(deps: CollectDeps, run: CollectRun): Promise<Collected> {
  if (run.record.request.artifacts.length === 0 || run.signal.aborted) return NOTHING;
  return deps.tracer.span(SPAN.collectArtifacts, {}, () => collect(deps, run));
}

async function collect(deps: CollectDeps, run: CollectRun): Promise<Collected> {
  const { id, request } = run.record;
  const { maxFiles, maxFileBytes, maxTotalBytes } = deps.artifacts;
  const keeper = new ArtifactKeeper(deps, run.record);
  const order = {
    root: request.workingDirectory,
    patterns: request.artifacts.map(toSandboxPattern),
    maxFiles,
    maxFileBytes,
    maxTotalBytes,
    wallMs: COLLECT_MS,
  };
  let untold = 0;
  try {
    untold = (await run.sandbox.collect(order, keeper, run.signal)).omittedUntold;
  } catch (error) {
    deps.logger.warn({ executionId: id, reason: messageOf(error) }, 'artifacts could not be collected');
    keeper.abandon('unreadable');
    keeper.omitted('.', 'unreadable');
  }
  const kept = await keeper.settle(LAST_PUTS_MS);
  return { ...kept, artifactsOmittedCount: kept.artifactsOmitted.length + untold };
}
