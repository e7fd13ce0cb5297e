import { standIns, withoutStandIn } from '../../deploy/offline/stand-ins.mjs';
import { SetupProblem } from './setup-problem.mjs';

const ANSWER_TIMEOUT_MS = 20_000;
const PULL_TIMEOUT_MS = 900_000;

/** A registry that has not answered once is not asked again by this process. */
const silent = new Set();

function registryOf(reference) {
  const [first, ...rest] = reference.split('/');
  return rest.length > 0 && /[.:]/.test(first) ? first : 'docker.io';
}

/** Pulls `reference`. False when no registry answers in time or the image can't be had from it. */
export async function pullImage(docker, reference, { say, signal }) {
  const registry = registryOf(reference);
  if (silent.has(registry)) return false;
  say(`asking ${registry} for ${reference}`);
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), ANSWER_TIMEOUT_MS);
  let answered = false;
  const onLine = (line) => {
    if (answered || !/Pulling from/.test(line)) return;
    answered = true;
    clearTimeout(timer);
    say(`pulling ${reference}`);
  };
  const either = AbortSignal.any([impatience.signal, ...(signal ? [signal] : [])]);
  try {
    await docker.run(['pull', reference], { signal: either, timeoutMs: PULL_TIMEOUT_MS, onLine });
    return true;
  } catch {
    signal?.throwIfAborted();
    if (!answered) silent.add(registry);
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Sees to it that the engine has an image that our Dockerfiles or the compose file name. */
export async function ensureImage(docker, reference, options) {
  if (await docker.hasImage(reference)) return;
  if (await pullImage(docker, reference, options)) return;
  const standIn = standIns[reference];
  if (!standIn) {
    const reason = withoutStandIn[reference] ? `: ${withoutStandIn[reference]}` : '.';
    throw new SetupProblem(
      `The engine has no image ${reference}, and no registry that it can reach has it either${reason}`,
    );
  }
  for (const base of standIn.needs) await ensureImage(docker, base, options);
  await standIn.make(docker, reference, options);
}
