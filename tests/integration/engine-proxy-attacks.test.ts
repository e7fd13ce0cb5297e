import { createHash, randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { containerProfile, lockProfile, lookProfile, type ProfileInput, tenantProfile } from '@gantry/sandbox/profile';
import type { Container } from 'dockerode';
import { type Headers, pack } from 'tar-stream';
import { eventually } from '../support/eventually.js';
import { PolicyProxy } from '../support/policy-proxy.js';
import { DetachedSandboxes } from '../support/real-sandboxes.js';
import { executorImage } from '../support/requirements.js';

// A worker that was taken over: it has the proxy's socket, and wants the machine.
const MIB = 1024 * 1024;
let proxy: PolicyProxy;
let sandboxes: DetachedSandboxes;
let imageId: string;
/** Somebody else's, on the same engine. */
let foreign: Container;

beforeAll(async () => {
  proxy = await PolicyProxy.open({ MAX_INPUT_BYTES: String(MIB) });
  sandboxes = new DetachedSandboxes(proxy.dockerHost, proxy.deployment);
  imageId = (await sandboxes.docker.getImage(executorImage()).inspect()).Id;
  foreign = await sandboxes.docker.createContainer({
    name: `foreign-${randomBytes(6).toString('hex')}`,
    Image: imageId,
    Entrypoint: ['/bin/cat'],
    OpenStdin: true,
    Labels: { 'gantry.deployment': `${proxy.deployment}-other` },
    NetworkDisabled: true,
  });
});

afterAll(async () => {
  try {
    await foreign?.remove({ force: true });
    await sandboxes?.provider.close();
    await sandboxes?.expectNothingLeft();
  } finally {
    await proxy?.[Symbol.asyncDispose]();
  }
});

const markOf = (deployment: string): string => createHash('sha256').update(deployment).digest('hex').slice(0, 16);
const name = (): string => `gantry-${randomBytes(12).toString('hex')}`;
const SETTINGS = { runtime: undefined, network: undefined, cgroupParent: undefined, cgroupVersion: 1 } as const;
function inputOf(image: string): ProfileInput {
  const limits = { memoryBytes: 64 * MIB, cpuCores: 1, maxProcesses: 8, maxOpenFiles: 256, diskBytes: 8 * MIB };
  const labels = {
    'gantry.deployment': proxy.deployment,
    'gantry.worker': 'worker-1',
    'gantry.created': new Date().toISOString(),
  };
  return { imageId: image, volumes: [], limits: { ...limits, networkEnabled: false }, uid: 2_000_000, labels };
}
function profile(): Record<string, unknown> {
  return JSON.parse(JSON.stringify(containerProfile(SETTINGS, inputOf(imageId)))) as Record<string, unknown>;
}
const withHost = (more: object): object => ({
  ...profile(),
  HostConfig: { ...(profile()['HostConfig'] as object), ...more },
});
const create = (body: unknown, path = `/containers/create?name=${name()}`): Promise<{ status: number; text: string }> =>
  proxy.ask('POST', path, body);
const nothingMade = async (): Promise<void> => expect(await sandboxes.containers()).toEqual([]);

describe('a container', () => {
  test('of our profile is made', async () => {
    const { status, text } = await create(profile());
    expect([status, text]).toEqual([201, expect.stringContaining('"Id"')]);
    const { Id } = JSON.parse(text) as { Id: string };
    expect((await proxy.ask('DELETE', `/v1.41/containers/${Id}?force=true`)).status).toBe(204);
    await nothingMade();
  });

  test.each<[string, () => unknown, RegExp]>([
    ['privileged', () => withHost({ Privileged: true }), /HostConfig\.Privileged must be false/],
    ['with the root bound', () => withHost({ Binds: ['/:/host'] }), /HostConfig\.Binds is not in our profile/],
    ['with a mount', () => withHost({ Mounts: [{ Type: 'bind', Source: '/', Target: '/h' }] }), /Mounts/],
    ['in the host’s network', () => withHost({ NetworkMode: 'host' }), /NetworkMode/],
    ['among the host’s processes', () => withHost({ PidMode: 'host' }), /PidMode/],
    ['by another case', () => ({ ...profile(), hostconfig: { Privileged: true } }), /hostconfig is not in our profile/],
    [
      'by a key twice',
      () => JSON.stringify(profile()).replace(/"Privileged":false/, '"Privileged":false,"Privileged":true'),
      /has a key twice/,
    ],
    [
      'by a second HostConfig',
      () => `${JSON.stringify(profile()).slice(0, -1)},"HostConfig":{"Binds":["/:/host"]}}`,
      /has a key twice/,
    ],
    ['of an image by name', () => ({ ...profile(), Image: 'debian:bookworm-slim' }), /Image must be the content id/],
    ['of another deployment', () => ({ ...profile(), Labels: {} }), /DEPLOYMENT/],
    ['of no profile at all', () => ({ Image: imageId, Cmd: ['sh'] }), /Entrypoint is none of ours/],
    ['much too large', () => ({ ...profile(), x: 'x'.repeat(300_000) }), /larger than/],
  ])('%s is refused', async (_title, body, message) => {
    const answer = await create(body());
    expect(answer.status).toBe(answer.text.includes('larger') ? 413 : 403);
    expect((JSON.parse(answer.text) as { message: string }).message).toMatch(message);
    await nothingMade();
  });

  test('is refused where the request is dressed as a form, whose fields the engine would prefer to ours', async () => {
    const body = JSON.stringify(withHost({ Privileged: true }));
    const head = `POST /containers/create?name=${name()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
    expect(await proxy.raw(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)).toMatch(/^HTTP\/1\.1 403 /);
    await nothingMade();
  });

  test('of a tenant is of the executor image only: another could have anything in the place of its init', async () => {
    await using tenants = await PolicyProxy.open({ SANDBOX_ISOLATION: 'tenant', DEPLOYMENT: proxy.deployment });
    const other = (await sandboxes.docker.getImage('debian:bookworm-slim').inspect()).Id;
    const asked = (image: string): object => tenantProfile(SETTINGS, { ...inputOf(image), jobs: 10, zygote: null });
    const ask = (image: string): ReturnType<typeof create> =>
      tenants.ask('POST', `/containers/create?name=${name()}`, asked(image));
    const refused = await ask(other);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('EXECUTOR_IMAGE')]);
    const { status, text } = await ask(imageId);
    expect(status).toBe(201);
    await tenants.ask('DELETE', `/containers/${(JSON.parse(text) as { Id: string }).Id}?force=true`);
    await nothingMade();
  });

  test('that is made for looking into an image never starts, and shows two files only', async () => {
    const labels = { 'gantry.deployment': proxy.deployment, 'gantry.worker': 'worker-1' };
    const { text } = await proxy.ask('POST', '/containers/create', lookProfile(imageId, labels));
    const { Id } = JSON.parse(text) as { Id: string };
    expect((await proxy.ask('POST', `/containers/${Id}/start`)).status).toBe(403);
    expect((await proxy.ask('GET', `/containers/${Id}/archive?path=/etc/shadow`)).status).toBe(403);
    expect((await proxy.ask('GET', `/containers/${Id}/archive?path=%2Fopt%2Fgantry%2Fgantry-init`)).status).toBe(200);
    expect((await proxy.ask('DELETE', `/containers/${Id}?force=true&v=true`)).status).toBe(204);
  });
});

test.each([
  ['GET', 'json', ''],
  ['POST', 'start', ''],
  ['POST', 'kill', '?signal=SIGKILL'],
  ['GET', 'archive', '?path=%2Fopt%2Fgantry%2Finstalled'],
  ['DELETE', '', '?force=true&v=true'],
])('a container of others is not there: %s %s', async (method, action, query) => {
  const { Name } = await foreign.inspect();
  for (const reference of [foreign.id, foreign.id.slice(0, 12), Name.slice(1)]) {
    const path = `/containers/${reference}${action === '' ? '' : `/${action}`}${query}`;
    expect([path, (await proxy.ask(method, path)).status]).toEqual([path, 404]);
  }
  expect((await foreign.inspect()).State.Status).toBe('created');
});

test('lists have none of others, whatever is asked for', async () => {
  for (const query of ['?all=true', `?all=1&filters=${encodeURIComponent('{"label":["gantry.deployment"]}')}`]) {
    const { status, text } = await proxy.ask('GET', `/containers/json${query}`);
    expect([status, JSON.parse(text)]).toEqual([200, []]);
  }
  const builds = encodeURIComponent('{"label":["gantry.build=1"]}');
  expect(JSON.parse((await proxy.ask('GET', `/containers/json?all=1&filters=${builds}`)).text)).toEqual([]);
  expect((await proxy.ask('GET', '/images/json')).status).toBe(403);
});

test.each([
  ['POST', '/containers/ID/exec', { Cmd: ['sh'], Privileged: true }],
  ['POST', '/containers/ID/update', { Devices: [{ PathOnHost: '/dev/sda' }] }],
  ['POST', '/containers/ID/update', { PidsLimit: 10 }],
  ['GET', '/containers/ID/logs?stdout=1', undefined],
  ['PUT', '/containers/ID/archive?path=/', 'x'],
  ['POST', '/commit?container=ID', {}],
  ['POST', '/volumes/create', { Driver: 'local', DriverOpts: { type: 'none', device: '/', o: 'bind' } }],
  ['POST', '/networks/create', { Name: 'x' }],
  ['POST', '/networks/bridge/connect', { Container: 'ID' }],
  ['POST', '/swarm/init', {}],
  ['POST', '/plugins/pull?remote=x', []],
  ['POST', '/images/load', 'x'],
  ['POST', '/images/create?fromImage=evil&tag=latest', undefined],
  ['POST', '/images/create?fromSrc=http%3A%2F%2F10.0.0.1%2Fx.tar', undefined],
  ['POST', '/images/gantry/executor:latest/push', undefined],
  ['GET', '/events', undefined],
  ['GET', '/system/df', undefined],
  ['POST', '/session', undefined],
])('%s %s is refused, also for a container of ours', async (method, path, body) => {
  const { Id } = JSON.parse((await create(profile())).text) as { Id: string };
  const answer = await proxy.ask(method, path.replace('ID', Id), body);
  expect([path, answer.status]).toEqual([path, 403]);
  await proxy.ask('DELETE', `/containers/${Id}?force=true`);
});

test('images of others are neither tagged over nor removed', async () => {
  const reference = executorImage();
  const own = `gantry/image:${'ab'.repeat(16)}-${'cd'.repeat(6)}`;
  expect((await proxy.ask('DELETE', `/images/${reference}`)).status).toBe(403);
  expect((await proxy.ask('DELETE', `/images/${imageId}`)).status).toBe(403);
  expect((await proxy.ask('DELETE', `/images/${own}`)).status).toBe(404);
  const [repo, tag] = reference.split(':');
  expect((await proxy.ask('POST', `/images/${imageId}/tag?repo=${repo}&tag=${tag}`)).status).toBe(403);
  expect((await proxy.ask('GET', '/images/debian:bookworm-slim/json')).status).toBe(404);
  await sandboxes.docker.getImage(reference).inspect();
});

describe('a build', () => {
  const query = (more: Record<string, string> = {}): string =>
    new URLSearchParams({
      t: `gantry/image:${'ab'.repeat(16)}-${'cd'.repeat(6)}`,
      rm: 'true',
      forcerm: 'true',
      memory: String(64 * MIB),
      memswap: String(64 * MIB),
      cpuperiod: '100000',
      cpuquota: '100000',
      ulimits: '[{"Name":"fsize","Soft":1000,"Hard":1000}]',
      buildargs: JSON.stringify({ FTP_PROXY: `GANTRY_BUILD=${markOf(proxy.deployment)}.${'0f'.repeat(16)}` }),
      ...more,
    })
      .toString()
      .replaceAll('+', '%20');

  async function tarOf(...entries: [Parameters<ReturnType<typeof pack>['entry']>[0], string][]): Promise<Buffer> {
    const tar = pack();
    for (const [header, content] of entries) tar.entry(header, content);
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  const whole = (tar: Buffer): [Buffer, number] => [tar, tar.length];
  /** A Dockerfile, and the head of something that claims to have so many bytes. */
  function begunTar(claim: { name: string; size: number; type?: string }): Buffer {
    const tar = pack();
    tar.entry({ name: 'Dockerfile' }, from());
    tar.entry(claim as Headers);
    return tar.read() as Buffer;
  }

  function post(context: Buffer, more?: Record<string, string>, length = context.length): Promise<string> {
    const head = `POST /build?${query(more)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/tar\r\n`;
    return proxy.raw(Buffer.concat([Buffer.from(`${head}Content-Length: ${length}\r\n\r\n`), context]), 3000);
  }
  const from = (): string => `FROM ${imageId}\n`;

  test.each<[string, () => Promise<Buffer>, RegExp]>([
    ['that fetches', () => tarOf([{ name: 'Dockerfile' }, `${from()}ADD http://127.0.0.1:1/ /x\n`]), /line 2/],
    ['from an image by name', () => tarOf([{ name: 'Dockerfile' }, 'FROM debian:bookworm-slim\n']), /line 1/],
    [
      'whose second Dockerfile fetches',
      () => tarOf([{ name: 'Dockerfile' }, from()], [{ name: 'Dockerfile' }, `${from()}ADD http://127.0.0.1:1/ /x\n`]),
      /has \\"Dockerfile\\"/,
    ],
    [
      'whose Dockerfile is a link',
      () => tarOf([{ name: 'Dockerfile', type: 'symlink', linkname: '/etc/passwd' }, '']),
      /must begin with the Dockerfile/,
    ],
    [
      'with a link among the files',
      () => tarOf([{ name: 'Dockerfile' }, from()], [{ name: 'files/x', type: 'symlink', linkname: '/etc' }, '']),
      /a symlink/,
    ],
    [
      'with a file outside',
      () => tarOf([{ name: 'Dockerfile' }, from()], [{ name: 'files/../../x' }, 'x']),
      /build context has/,
    ],
    [
      'with .dockerignore',
      () => tarOf([{ name: 'Dockerfile' }, from()], [{ name: '.dockerignore' }, 'x']),
      /has \\"\.docker/,
    ],
    ['that is packed', async () => gzipSync(await tarOf([{ name: 'Dockerfile' }, from()])), /not a plain tar/],
    ['without anything', async () => Buffer.alloc(1024), /is empty/],
  ])('%s is refused', async (_title, context, message) => {
    const answer = await post(await context());
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toMatch(message);
  });

  test.each<[string, () => Promise<[Buffer, number]>]>([
    [
      'a file',
      async () => whole(await tarOf([{ name: 'Dockerfile' }, from()], [{ name: 'files/x' }, 'x'.repeat(6 * MIB)])),
    ],
    [
      'files together',
      async () =>
        whole(
          await tarOf(
            [{ name: 'Dockerfile' }, from()],
            ...[1, 2, 3, 4, 5, 6].map((at): [Headers, string] => [{ name: `files/${at}` }, 'x'.repeat(MIB)]),
          ),
        ),
    ],
    ['a file that has only claimed it yet', async () => [begunTar({ name: 'files/x', size: 2 ** 32 }), 2 ** 33]],
    [
      'attributes of a file, which a reader keeps in memory',
      async () => [
        Buffer.concat([begunTar({ name: 'x', size: 2 ** 32, type: 'pax-header' }), Buffer.alloc(MIB, 'x')]),
        2 ** 33,
      ],
    ],
    [
      'zeros at its end',
      async () => [Buffer.concat([await tarOf([{ name: 'Dockerfile' }, from()]), Buffer.alloc(MIB)]), 2 ** 33],
    ],
  ])('with too many bytes is refused at once, and its connection closed: %s', async (_title, context) => {
    const [sent, length] = await context();
    const answer = await post(sent, {}, length);
    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*connection: close[^]*the build context ha/i);
  });

  test('on a base that is not there, or that brings instructions of its own, is refused', async () => {
    const gone = await tarOf([{ name: 'Dockerfile' }, `FROM sha256:${'12'.repeat(32)}\n`]);
    expect(await post(gone)).toMatch(/^HTTP\/1\.1 404 [^]*No such image/);
    const made = await foreign.commit({ changes: 'ONBUILD ADD http://127.0.0.1:1/ /x' });
    const { Id } = made as { Id: string };
    try {
      const context = await tarOf([{ name: 'Dockerfile' }, `FROM ${Id}\n`]);
      expect(await post(context)).toMatch(/^HTTP\/1\.1 403 [^]*ONBUILD/);
    } finally {
      await sandboxes.docker.getImage(Id).remove();
    }
  });

  test('in the host’s network is refused, and so is one from elsewhere', async () => {
    const context = await tarOf([{ name: 'Dockerfile' }, from()]);
    expect(await post(context, { networkmode: 'host' })).toMatch(/^HTTP\/1\.1 403 [^]*networkmode/);
    expect(await post(context, { remote: 'http://10.0.0.1/' })).toMatch(/^HTTP\/1\.1 403 [^]*remote/);
  });
});

describe('on the wire', () => {
  const second = 'GET /info HTTP/1.1\r\nHost: x\r\n\r\n';
  const attach = (id: string, more = ''): string =>
    `POST /containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${more}\r\n`;
  const answers = (text: string): string[] => text.match(/HTTP\/1\.1 \d{3}/g) ?? [];

  test('what follows a refused upgrade is no request', async () => {
    for (const id of [foreign.id, 'ab'.repeat(32), 'none']) {
      const text = await proxy.raw(attach(id) + second);
      expect(answers(text)).toEqual(['HTTP/1.1 404']);
      expect(text).not.toContain('ServerVersion');
    }
    const upgraded = `GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n${second}`;
    expect(answers(await proxy.raw(upgraded))).toEqual(['HTTP/1.1 403']);
  });

  test('what follows an upgrade that the engine refuses is no request either', async () => {
    const { Id } = JSON.parse((await create(profile())).text) as { Id: string };
    await sandboxes.docker.getContainer(Id).remove({ force: true });
    const text = await proxy.raw(attach(Id) + second);
    expect(answers(text)).toEqual(['HTTP/1.1 404']);
    expect(text).not.toContain('ServerVersion');
  });

  test('what follows an upgrade is the container’s input, without the body of the request', async () => {
    const labels = { 'gantry.deployment': proxy.deployment, 'gantry.worker': 'worker-1' };
    const lock = `gantry-build-${randomBytes(16).toString('hex')}-${randomBytes(6).toString('hex')}`;
    const made = await create(lockProfile(imageId, labels), `/containers/create?name=${lock}`);
    const { Id } = JSON.parse(made.text) as { Id: string };
    const body = '{"stream":true}';
    const socket = createConnection({ path: proxy.socketPath, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    let isOver = false;
    socket.on('data', (chunk) => chunks.push(chunk)).on('end', () => (isOver = true));
    const head = attach(Id, `Content-Length: ${body.length}\r\n`);
    // In pieces, so that the body comes after the head has been read.
    socket.write(head);
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(body.slice(0, 5));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(`${body.slice(5)}${second}`);
    await eventually(() => expect(Buffer.concat(chunks).toString('latin1')).toMatch(/^HTTP\/1\.1 101 /));
    expect((await proxy.ask('POST', `/containers/${Id}/start`)).status).toBe(204);
    const output = (): string => Buffer.concat(chunks).toString('latin1').split('\r\n\r\n').slice(1).join('\r\n\r\n');
    await eventually(() => expect(output()).toContain(second));
    expect(output()).not.toContain('stream');
    // The client has said all; what the container still says must come, and then its end.
    socket.end('last words');
    await eventually(() => expect([isOver, output().endsWith('last words')]).toEqual([true, true]));
    await eventually(async () => expect((await proxy.ask('GET', `/containers/${Id}/json`)).status).toBe(404));
    socket.destroy();
  });

  test.each([
    [
      'two lengths of a body',
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 200\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      `POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
    ],
    [
      'another coding',
      `POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${second}`,
    ],
    [
      'a coding by a trick',
      `POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${second}`,
    ],
    ['a length with a sign', `POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}${second}`],
    ['a line end too few', `GET /_ping HTTP/1.1\nHost: x\n\n${second}`],
    ['a folded header', `GET /_ping HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n${second}`],
    ['an old version', `GET /_ping HTTP/1.0\r\nHost: x\r\n\r\n${second}`],
    ['an absolute form', `GET http://docker/info HTTP/1.1\r\nHost: x\r\n\r\n${second}`],
    ['no host', `GET /info HTTP/1.1\r\n\r\n${second}`],
    ['dots', `GET /containers/../info HTTP/1.1\r\nHost: x\r\n\r\n${second}`],
    ['a body of a GET', `GET /_ping HTTP/1.1\r\nHost: x\r\nContent-Length: ${second.length}\r\n\r\n${second}`],
    ['CONNECT', `CONNECT docker:80 HTTP/1.1\r\nHost: x\r\n\r\n${second}`],
    ['chunks in an upgrade', attach('ab'.repeat(32), 'Transfer-Encoding: chunked\r\n') + second],
    ['noise', '\u0000\u0001\u0002\u0003\r\n\r\n'],
  ])('%s ends the connection, and nothing is read after it', async (_title, bytes) => {
    const text = await proxy.raw(Buffer.from(bytes, 'latin1'));
    expect(answers(text)).toEqual(['HTTP/1.1 400']);
    expect(text).not.toContain('ServerVersion');
    expect(text).not.toMatch(/\bOK\b/);
  });
});

test('refusals are counted and logged, with what and why', async () => {
  await proxy.ask('POST', '/containers/create', withHost({ Privileged: true }));
  expect(proxy.said).toContainEqual({
    level: 'warn',
    message: 'a request was refused',
    fields: expect.objectContaining({
      endpoint: 'create',
      method: 'POST',
      reason: expect.stringContaining('Privileged'),
    }),
  });
  expect(await proxy.metrics()).toMatch(/requests_total\{[^}]*endpoint="create"[^}]*verdict="refused"[^}]*\} [1-9]/);
});

test('connections beyond the cap are closed, counted and logged, and there is room again when one goes', async () => {
  await using small = await PolicyProxy.open({ PROXY_MAX_CONNECTIONS: '8' });
  const ping = 'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n';
  const silent = await Promise.all(
    Array.from(
      { length: 8 },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = createConnection(small.socketPath).once('error', reject);
          // Answered, so it is one of the eight.
          socket.once('data', () => resolve(socket)).write(ping);
        }),
    ),
  );
  const beyond = await Promise.allSettled(Array.from({ length: 20 }, () => small.raw(ping)));
  expect(beyond.filter((each) => each.status === 'fulfilled' && each.value !== '')).toEqual([]);
  expect(await small.metrics()).toMatch(/requests_total\{[^}]*endpoint="connection"[^}]*verdict="refused"[^}]*\} 20/);
  const told = small.said.filter(({ message }) => message.includes('PROXY_MAX_CONNECTIONS'));
  expect(told).toMatchObject([{ level: 'warn', fields: { allowed: 8 } }]);
  silent.pop()?.destroy();
  await eventually(async () => expect(await small.raw(ping)).toMatch(/^HTTP\/1\.1 200 /));
  for (const socket of silent) socket.destroy();
});
