import { Api, type SentEvent } from './api.js';

/** Follows an execution to its result as a browser's EventSource does: whenever the stream ends, it goes on after the last event it has. */
export async function followResuming(
  url: string,
  id: string,
  withinMs: number,
): Promise<{ events: SentEvent[]; streams: number }> {
  const api = new Api(url);
  const deadline = Date.now() + withinMs;
  const events: SentEvent[] = [];
  let streams = 0;
  while (events.at(-1)?.type !== 'result') {
    if (Date.now() > deadline) throw new Error(`${id} has no result after ${streams} streams, ${events.length} events`);
    streams++;
    try {
      for await (const event of api.stream(id, { after: events.at(-1)?.id ?? 0 })) events.push(event);
    } catch {
      // Refused or cut, as a server that ends may do: once more.
    }
    if (events.at(-1)?.type !== 'result') await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return { events, streams };
}
