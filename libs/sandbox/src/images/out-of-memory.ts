import type { Engine } from '../engine.js';

const MAX_ANSWER_BYTES = 256 * 1024;

/** Whether the kernel has ended a program in one of these containers for want of memory. They may be gone: it is the engine's event log that says so. */
export async function wasOutOfMemory(
  engine: Engine,
  { sinceSeconds, ids }: { sinceSeconds: number; ids: readonly string[] },
): Promise<boolean> {
  if (ids.length === 0) return false;
  const until = Math.ceil(Date.now() / 1000);
  const filters = { container: [...ids], event: ['oom'] };
  try {
    return await engine.call('read the events of a build', async (abortSignal) => {
      const events = await engine.docker.getEvents({ since: sinceSeconds, until, filters, abortSignal } as object);
      let bytes = 0;
      for await (const chunk of events) {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) break;
      }
      return bytes > 0;
    });
  } catch {
    return false;
  }
}
