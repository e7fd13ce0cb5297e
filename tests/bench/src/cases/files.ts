import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timed, type Measurement } from '../measurement.js';

const FILE_MB = 10;
const ROUNDS = 7;

/** A file in by multipart and back out, each time with other bytes: nothing is there already. */
export async function files(environment: BenchEnvironment): Promise<Measurement[]> {
  const { url } = environment;
  const [inMs, outMs, bothMs]: number[][] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = randomBytes(FILE_MB * 1e6);
    let id = '';
    let back: Buffer = Buffer.alloc(0);
    const upMs = await timed(async () => (id = await upload(url, bytes)));
    const downMs = await timed(async () => (back = await download(url, id)));
    if (digest(back) !== digest(bytes)) throw new Error('other bytes came back');
    await send(url, { method: 'DELETE', path: `/files/${id}` });
    // The first has the service's code to warm up.
    if (round === 0) continue;
    inMs?.push(upMs);
    outMs?.push(downMs);
    bothMs?.push(upMs + downMs);
  }
  const speed = (times: readonly number[] = []): number => (FILE_MB * 1000) / median(times);
  return [
    { name: `${FILE_MB} MB file in`, value: speed(inMs), unit: 'MB/s', target: null },
    { name: `${FILE_MB} MB file out`, value: speed(outMs), unit: 'MB/s', target: null },
    { name: `${FILE_MB} MB file in and back out`, value: speed(bothMs), unit: 'MB/s', target: { atLeast: 20 } },
  ];
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function upload(url: string, bytes: Buffer): Promise<string> {
  const head = '--bench\r\nContent-Disposition: form-data; name="file"; filename="data.bin"\r\n\r\n';
  const body = [Buffer.from(head), bytes, Buffer.from('\r\n--bench--\r\n')];
  const answer = await send(
    url,
    { method: 'POST', path: '/files/upload', type: 'multipart/form-data; boundary=bench' },
    body,
  );
  return (JSON.parse(answer.toString()) as { file_id: string }).file_id;
}

const download = (url: string, id: string): Promise<Buffer> =>
  send(url, { method: 'GET', path: `/files/${id}/content` });

function send(
  url: string,
  { method, path, type }: { method: string; path: string; type?: string },
  body: readonly Buffer[] = [],
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const headers = type === undefined ? {} : { 'content-type': type, 'content-length': length };
    const sent = request(url + path, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${answer.toString().slice(0, 500)}`));
      });
    });
    sent.on('error', reject);
    for (const part of body) sent.write(part);
    sent.end();
  });
}
