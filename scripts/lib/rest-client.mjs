/** Server-sent events of a response body, as `{ event, data }`. */
async function* readEvents(body) {
  let pending = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (pending + chunk).split('\n\n');
    pending = blocks.pop();
    for (const block of blocks) {
      const fields = block
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]);
      const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
      if (data.length > 0)
        yield { event: fields.find(([name]) => name === 'event')?.[1] ?? 'message', data: JSON.parse(data.join('\n')) };
    }
  }
}

async function requireOk(response) {
  if (response.ok) return response;
  throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
}

/**
 * Submits a program over REST and follows its event stream to the end. `onOutput(stream, text)` hears output as it is written.
 * Resolves to the result.
 */
export async function execute(baseUrl, request, { onOutput, signal } = {}) {
  const submitted = await fetch(`${baseUrl}/execute/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal,
  });
  const { execution_id: id } = await (await requireOk(submitted)).json();
  const stream = await requireOk(await fetch(`${baseUrl}/executions/${id}/stream`, { signal }));
  for await (const { event, data } of readEvents(stream.body)) {
    if (event === 'stdout' || event === 'stderr') onOutput?.(event, data.text);
    if (event === 'result') return data;
  }
  throw new Error(`The event stream of ${id} ended without a result`);
}
