import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileUploaded } from '@gantry/contracts';
import { Redis } from 'ioredis';
import { Api } from '../support/api.js';
import { BOUNDARY, filePart, multipart } from '../support/multipart.js';
import { ServiceProcess } from '../support/process.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { startStack, type Stack } from '../support/stack.js';

describe('files in an S3 store', () => {
  let s3: S3Server;
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    s3 = await startS3Server();
    const { endpoint, bucket, credentials } = s3.settings;
    stack = await startStack({
      env: {
        BLOB_STORE: 's3',
        S3_ENDPOINT: endpoint ?? '',
        S3_BUCKET: bucket,
        S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
        S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
        POOL_MAX_READY: '0',
      },
    });
    api = new Api(stack.url);
  });
  afterAll(async () => {
    await stack.close();
    await s3[Symbol.asyncDispose]();
  });

  test('go in, into a program, and out again', async () => {
    const bytes = randomBytes(9 * 1024 * 1024);
    const type = `multipart/form-data; boundary=${BOUNDARY}`;
    const sent = await api.call<FileUploaded>('POST', '/files/upload', multipart([filePart('filename="big"', bytes)]), {
      'content-type': type,
    });
    expect(sent.status).toBe(200);
    const { file_id: id, sha256 } = sent.body;
    const files = [
      { path: 'big', file_id: id },
      { path: 'small', content: 'inline' },
    ];
    const ran = await api.execute({ language: 'bash', code: 'sha256sum big | cut -c -64; cat small', files });
    expect(ran.stdout).toBe(`${sha256}\ninline`);
    const back = Buffer.from(await (await fetch(`${stack.url}/files/${id}/content`)).arrayBuffer());
    expect(back.equals(bytes)).toBe(true);
    const redis = new Redis(stack.env['REDIS_URL'] ?? '');
    expect(await redis.keys(`{${stack.deployment}}:bytes:*`)).toEqual([]);
    redis.disconnect();
  });

  test('are refused with 503 while the store does not take them, and nothing is kept', async () => {
    const wrong = { ...stack.env, S3_ACCESS_KEY_ID: 'nobody', PORT: '0' };
    const gateway = new ServiceProcess('apps/gateway/dist/main.js', wrong);
    const { url } = await gateway.logged('gateway started');
    const other = new Api(String(url));
    const before = (await other.call('GET', '/files/stats')).body;
    const answer = await other.call('POST', '/files/upload', { filename: 'a', content: 'never seen before' });
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    expect((await other.call('GET', '/files/stats')).body).toEqual(before);
    await gateway.stop();
  });

  test('need a bucket and both halves of a key, or the service does not start', async () => {
    const { S3_BUCKET: _bucket, ...without } = stack.env;
    const faulty = new ServiceProcess('apps/gateway/dist/main.js', { ...without, PORT: '0' });
    await expect(faulty.logged('gateway started')).rejects.toThrow(/S3_BUCKET: is needed with BLOB_STORE=s3/);
    const half = new ServiceProcess('apps/worker/dist/main.js', { ...stack.env, S3_SECRET_ACCESS_KEY: '' });
    await expect(half.logged('worker started')).rejects.toThrow(/S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: give both/);
  });
});
