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
export function execute(url: string, body: Record<string, unknown>): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify({ wait_seconds: 120, ...body });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const sent = request(`${url}/execute`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(answer) as Executed);
        else reject(new Error(`POST /execute answered ${response.statusCode}: ${answer}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
