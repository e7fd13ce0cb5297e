import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

export interface Executed {
  status: string;
  stdout: string;
  sandbox: string;
  execution_time_seconds: number;
  artifacts: { url: string }[];
}

/** `POST /execute` over a kept-alive connection; throws when the answer is not a result. */
export async function execute(url: string, body: Record<string, unknown>, key?: string): Promise<Executed> {
  const { status, text } = await post(`${url}/execute`, { wait_seconds: 120, ...body }, key);
  if (status === 200) return JSON.parse(text) as Executed;
  throw new Error(`POST /execute answered ${status}: ${text}`);
}

/** Waits only until it is accepted. */
export async function submit(url: string, body: Record<string, unknown>, key?: string): Promise<void> {
  const { status, text } = await post(`${url}/execute/stream`, body, key);
  if (status !== 202) throw new Error(`POST /execute/stream answered ${status}: ${text}`);
}

function post(
  url: string,
  body: object,
  key: string | undefined,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const sending = JSON.stringify(body);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(sending),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end(sending);
  });
}
