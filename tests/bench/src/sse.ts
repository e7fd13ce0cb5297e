import { createParser } from 'eventsource-parser';

export interface Sent {
  type: string;
  data: string;
}

/** Submits a program and follows it to its result; `onEvent` is called as events come. */
export async function follow(
  url: string,
  request: Record<string, unknown>,
  onEvent: (event: Sent) => void,
): Promise<void> {
  const submitted = await fetch(`${url}/execute/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (submitted.status !== 202)
    throw new Error(`POST /execute/stream answered ${submitted.status}: ${await submitted.text()}`);
  const { execution_id: id } = (await submitted.json()) as { execution_id: string };
  const response = await fetch(`${url}/executions/${id}/stream`);
  let ended = false;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      ended ||= event === 'result';
      onEvent({ type: event ?? '', data });
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
  if (!ended) throw new Error(`The stream of ${id} ended without a result`);
}
