const url = process.env['GANTRY_URL'] ?? 'http://127.0.0.1:8000';
const authorization = `Bearer ${process.env['GANTRY_API_KEY'] ?? 'none'}`;

const order = { language: 'bash', code: 'for i in 1 2 3; do echo step $i; sleep 0.3; done' };
const headers = { authorization, 'content-type': 'application/json' };
const submitted = await fetch(`${url}/execute/stream`, { method: 'POST', headers, body: JSON.stringify(order) });
if (!submitted.ok) throw new Error(await submitted.text());
const { execution_id: id } = (await submitted.json()) as { execution_id: string };

/** Reads one connection and returns the last event's number and, when the program has ended, its status. */
async function follow(after: number): Promise<{ after: number; status?: string }> {
  const response = await fetch(`${url}/executions/${id}/stream`, {
    headers: { authorization, ...(after > 0 ? { 'last-event-id': String(after) } : {}) },
  });
  if (!response.ok || response.body === null) throw new Error(await response.text());
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + part).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const fields = Object.fromEntries(event.split('\n').map((line) => line.split(/: (.*)/s)));
      if (fields['event'] === 'stdout') process.stdout.write(JSON.parse(fields['data']).text);
      if (fields['event'] === 'result') return { after, status: JSON.parse(fields['data']).status };
      after = Number(fields['id'] ?? after);
    }
  }
  return { after };
}

// A stream that ends without a result is not finished: connect again, from the last number on.
let seen: Awaited<ReturnType<typeof follow>> = { after: 0 };
while (seen.status === undefined) seen = await follow(seen.after);
console.log(seen.status);
