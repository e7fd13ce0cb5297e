import type { JobOffer, OfferDeps } from './job-offer.js';

/** What this request has offered is accepted, or taken back. False when it came too late: the offer is gone. */
export async function bringIn<Request>(deps: OfferDeps<Request>, offer: JobOffer<Request>): Promise<boolean> {
  try {
    await keepBrought(deps, offer);
  } catch (error) {
    await takeBack(deps, offer);
    throw error;
  }
  try {
    return await acceptOrGiveUp(deps, offer);
  } catch (error) {
    // Nobody waits for this: an offer that can't be withdrawn now lapses, and a worker refuses it meanwhile.
    void takeBack(deps, offer);
    throw error;
  }
}

/** As for an offer of this request; only who has made it takes it back. False when it is gone. */
export async function join<Request>(deps: OfferDeps<Request>, offer: JobOffer<Request>): Promise<boolean> {
  await keepBrought(deps, offer);
  return acceptOrGiveUp(deps, offer);
}

async function acceptOrGiveUp<Request>(deps: OfferDeps<Request>, offer: JobOffer<Request>): Promise<boolean> {
  const accepted = await acceptAndEnqueue(deps, offer);
  if (!accepted) await giveUp(deps, offer);
  return accepted;
}

/** The offer stands for as long as that takes. */
async function keepBrought<Request>({ store, rules }: OfferDeps<Request>, offer: JobOffer<Request>): Promise<void> {
  const { id, brought } = offer;
  if (!brought) return;
  const prolong = (): void => void store.prolong(id, rules.acceptWithinMs).catch(() => undefined);
  const timer = setInterval(prolong, rules.acceptWithinMs / 3);
  try {
    await brought.keep(id);
  } finally {
    clearInterval(timer);
  }
}

/** False when it came too late: the offer is gone. */
async function acceptAndEnqueue<Request>(deps: OfferDeps<Request>, offer: JobOffer<Request>): Promise<boolean> {
  const { id, kind, queued = 'id' } = offer;
  // Accepted without a place in the queue it would never be found, and a repeat with its key would be told that it is there.
  if (queued === 'id') await deps.queue.enqueue(id, kind);
  // Sent together: it counts before its token is there, so that no token is used up in vain.
  const [accepting] = await Promise.allSettled([
    deps.store.accept(id),
    queued === 'token' ? deps.queue.enqueue(id, kind) : undefined,
  ]);
  if (accepting.status === 'rejected') throw accepting.reason;
  return accepting.value;
}

/** Never rejects. What came with it is given up only when nobody else with its key has got it accepted. */
async function takeBack<Request>(deps: OfferDeps<Request>, offer: JobOffer<Request>): Promise<void> {
  try {
    if (await deps.store.withdraw(offer.id)) await giveUp(deps, offer);
  } catch (error) {
    deps.logger.debug({ err: error, jobId: offer.id }, 'offer left to lapse');
  }
}

/** Never rejects: what can't be given up now expires. */
async function giveUp<Request>({ logger }: OfferDeps<Request>, { id, brought }: JobOffer<Request>): Promise<void> {
  try {
    await brought?.giveUp(id);
  } catch (error) {
    logger.debug({ err: error, jobId: id }, 'what came with an offer is left to expire');
  }
}
