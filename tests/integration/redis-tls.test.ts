import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectRedis } from '@gantry/storage';
import { freePort, RedisServer } from '../support/redis-server.js';

let directory: string;
let ca: string;
let settings: Record<string, string>;
const servers: RedisServer[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'gantry-tls-'));
  const [key, certificate] = [path.join(directory, 'key.pem'), path.join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const made = ['req', '-x509', '-days', '2', ...kind, '-keyout', key, '-out', certificate, ...subject];
  execFileSync('openssl', made, { stdio: 'ignore' });
  ca = await readFile(certificate, 'utf8');
  const tls = { 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-ca-cert-file': certificate };
  settings = { ...tls, 'tls-auth-clients': 'no' };
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await rm(directory, { recursive: true, force: true });
});

/** By TLS at the port that it resolves to; at the usual one without. */
async function start(more: Record<string, string> = {}): Promise<number> {
  const tlsPort = await freePort();
  const server = await RedisServer.start(directory, { ...settings, 'tls-port': String(tlsPort), ...more });
  servers.push(server);
  if (more['cluster-enabled'] === 'yes') await server.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  return tlsPort;
}
const connect = (url: string, trusted?: string): ReturnType<typeof connectRedis> =>
  connectRedis({ url, deployment: 'test', role: 'answering', name: 'test', ca: trusted, onOutage: () => undefined });

test.each([
  ['a server', {}, 'rediss'],
  [
    'a Cluster',
    { 'cluster-enabled': 'yes', 'tls-cluster': 'yes', 'cluster-announce-ip': '127.0.0.1' },
    'rediss+cluster',
  ],
])('%s is reached by TLS when its authority is trusted, and only then', async (_name, more, scheme) => {
  const url = `${scheme}://localhost:${await start(more)}`;
  const redis = await connect(url, ca);
  expect(await redis.ping()).toBe('PONG');
  expect((redis.stream as { encrypted?: boolean }).encrypted).toBe(true);
  redis.disconnect();
  await expect(connect(url)).rejects.toMatchObject({
    code: 'redis_unavailable',
    message: expect.stringMatching(/self.signed/),
  });
});
