import { messageOf, type EngineStatus, type ReadinessView } from '@gantry/contracts';

export interface ReadinessFacts {
  /** Rejects when Redis does not answer in time. */
  ping: () => Promise<unknown>;
  /** How it is set up, when it answers. */
  redisSetup?: { check(): Check };
  /** As it was last looked at; not available, too, when it does not isolate. */
  engine: EngineStatus;
  /** What the boot check found; `null` = all well. */
  refusal: string | null;
  image: string;
  /** Why no jobs are taken though all is well; `null` = they are. */
  closedBecause: string | null;
}

type Check = ReadinessView['checks'][string];

const fine: Check = { ok: true, message: null };
const broken = (message: string): Check => ({ ok: false, message });

/** Whether this worker takes jobs and can run them, part by part. Never throws. */
export async function readiness(facts: ReadinessFacts): Promise<ReadinessView> {
  const { engine, refusal, closedBecause } = facts;
  const redis = await facts.ping().then(
    () => facts.redisSetup?.check() ?? fine,
    (error: unknown) => broken(`Redis does not answer: ${messageOf(error)}`),
  );
  const answers = engine.available || (refusal !== null && engine.message === refusal);
  const unknown = broken('unknown while the engine does not answer');
  const checks: Record<string, Check> = {
    redis,
    engine: answers ? fine : broken(engine.message ?? 'The Docker engine does not answer'),
    isolation: answers ? isolation(refusal) : unknown,
    image: answers ? imageCheck(facts) : unknown,
    intake: closedBecause === null ? fine : broken(closedBecause),
  };
  return { ready: Object.values(checks).every((check) => check.ok), checks };
}

function isolation(refusal: string | null): Check {
  return refusal === null ? fine : broken(refusal);
}

function imageCheck({ engine, refusal, image }: ReadinessFacts): Check {
  if (engine.executorDigest !== null) return fine;
  // Looked for only on an engine that isolates; the boot check itself needs the image.
  return broken(refusal === null ? `The engine does not have the image ${image}` : 'unknown until the engine isolates');
}
