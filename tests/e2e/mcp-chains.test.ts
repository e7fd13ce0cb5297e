import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { connectLegacy, connectModern, type McpClient, type ToolAnswer } from '../support/mcp-clients.js';
import { runtimesDirectory } from '../support/runtimes-directory.js';
import { startStack, type Stack } from '../support/stack.js';

const textOf = (answer: ToolAnswer): string => answer.content.map(({ text }) => text ?? '').join('');
const factOf = (answer: ToolAnswer, name: string): string => String(answer.structuredContent?.[name]);
/** Makes the recipes of this run differ from all others, so that what is built here is built here. */
const RUN = randomBytes(6).toString('hex');

describe('what an agent does over MCP', () => {
  let stack: Stack;
  let api: Api;
  let directory: string;
  beforeAll(async () => {
    directory = await runtimesDirectory({
      slow: `echo ${RUN}; echo it has begun; sleep 100`,
      broken: `echo ${RUN}; echo no such thing >&2; exit 3`,
    });
    stack = await startStack({ env: { RUNTIMES_DIR: directory } });
    api = new Api(stack.url);
  });
  afterAll(async () => {
    const { body } = await api.call<{ images: { image_id: string }[] }>('GET', '/images?limit=200');
    for (const { image_id } of body.images) await api.call('DELETE', `/images/${image_id}`);
    await stack.close();
    await rm(directory, { recursive: true });
  });

  describe.each([
    ['2025-11-25', connectLegacy],
    ['2026-07-28', connectModern],
  ])('with a client of revision %s', (revision, connect) => {
    let client: McpClient;
    beforeEach(async () => {
      client = await connect(stack.url);
    });
    afterEach(() => client.close());

    test('create an image, install into it, run on it', async () => {
      // The second client finds the images of the first.
      const image = { languages: ['bash'], image_name: `tools-${revision}`, environment: { RUN } };
      const created = await client.call('create_image', image);
      expect(textOf(created)).toMatch(
        /^Image Created Successfully:\n- Image ID: img_[0-9a-f]{32}\n- Image Name: tools-/,
      );
      const wanted = { image_id: image.image_name, language: 'bash', package_name: 'hello', package_version: '2.10-3' };
      const installed = await client.call('install_package', wanted);
      expect(installed.structuredContent).toMatchObject({ success: true, failing_line: null, reason: 'built' });
      expect(textOf(installed)).toMatch(
        /^Package Installed Successfully:\n- Package: hello\n- Language: bash\n- New Image ID: img_/,
      );
      const image_id = factOf(installed, 'new_image_id');
      const ran = await client.call('execute_code', { language: 'bash', code: 'hello; echo $RUN', image_id });
      expect(ran.structuredContent).toMatchObject({ status: 'completed', stdout: `Hello, world!\n${RUN}\n`, image_id });
      const listed = await client.call('list_images', {});
      const named = { image_id, packages: [{ manager: 'apt', name: 'hello', version: '2.10-3' }], languages: ['bash'] };
      expect(listed.structuredContent).toMatchObject({
        images: expect.arrayContaining([expect.objectContaining(named)]),
      });
    });

    test('see why a build fails, and what to do', async () => {
      const failed = await client.call('create_image', { languages: ['broken'] });
      expect(failed.isError).toBe(true);
      expect(failed.structuredContent).toMatchObject({ success: false, reason: 'build_failed', image_id: null });
      expect(textOf(failed)).toMatch(
        /^Image Creation Failed:[^]*\n- Failing Line: [^]*no such thing[^]*\nWhat to do: /,
      );
    });

    test('wait for a long build, and stop it by cancelling the call', async () => {
      const begun = await client.call('create_image', { languages: ['slow'], wait_seconds: 0 });
      const job_id = factOf(begun, 'job_id');
      expect(textOf(begun)).toContain(`Call get_image_job with job_id "${job_id}"`);
      const looked = await client.call('get_image_job', { job_id, wait_seconds: 0.2 });
      expect(looked.structuredContent).toMatchObject({ success: false, image_id: null });
      const stopped = await client.call('cancel_image_job', { job_id });
      expect(stopped.structuredContent).toMatchObject({ job_id, status: 'cancelled' });

      const call = new AbortController();
      await new Promise<void>((resolve, reject) => {
        const onprogress = ({ message }: { message?: string | undefined }): void => {
          if (message?.includes('it has begun')) resolve();
        };
        client.call('create_image', { languages: ['slow'] }, { signal: call.signal, onprogress }).then(
          (answer) => reject(new Error(`It has ended: ${textOf(answer)}`)),
          () => undefined,
        );
      });
      const { body } = await api.call<{ jobs: { job_id: string }[] }>('GET', '/jobs?status=running&limit=1');
      call.abort();
      const id = body.jobs[0]?.job_id ?? '';
      await eventually(async () => {
        expect((await api.call('GET', `/jobs/${id}?wait_seconds=10`)).body).toMatchObject({ status: 'cancelled' });
      });
    });

    test('upload a file, run it, list and delete it', async () => {
      const content = 'import sys\nprint("from a file", sys.argv[1])';
      const uploaded = await client.call('upload_file', { filename: 'job.py', content, language: 'python' });
      const file_id = factOf(uploaded, 'file_id');
      expect(textOf(uploaded)).toContain(`File Uploaded Successfully:\n- File ID: ${file_id}\n- Filename: job.py`);
      const ran = await client.call('execute_uploaded_file', { file_id, args: [revision] });
      expect(textOf(ran)).toMatch(/^File Execution Result:\n- Execution ID: exec_/);
      expect(ran.structuredContent).toMatchObject({ status: 'completed', stdout: `from a file ${revision}\n` });
      const listed = await client.call('list_files', {});
      expect(textOf(listed)).toContain(`- ID: ${file_id}\n  Filename: job.py\n  Language: python\n  Size: 44 bytes`);
      expect(textOf(await client.call('delete_file', { file_id }))).toBe(`File ${file_id} deleted successfully.`);
      const gone = await client.call('execute_uploaded_file', { file_id });
      expect([gone.isError, textOf(gone)]).toEqual([true, expect.stringContaining('Error not_found: ')]);
    });

    test('give a program files and take files from it', async () => {
      const png = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64');
      const data = await client.call('upload_file', { filename: 'plot.b64', content: png });
      const code = [
        'import base64, os, shutil',
        'os.makedirs("out")',
        'open("out/plot.png", "wb").write(base64.b64decode(open("in/plot.b64").read()))',
        'open("out/raw.bin", "wb").write(bytes([0, 255]))',
        'shutil.copy("note.txt", "out/note.txt")',
        'os.symlink("/etc/passwd", "out/link")',
      ].join('\n');
      const files = [
        { path: 'in/plot.b64', file_id: factOf(data, 'file_id') },
        { path: 'note.txt', content: 'héllo\n' },
      ];
      const ran = await client.call('execute_code', { language: 'python', code, files, artifacts: ['out/**'] });
      expect(ran.structuredContent).toMatchObject({
        status: 'completed',
        artifacts: [
          { path: 'out/note.txt' },
          { path: 'out/plot.png', media_type: 'image/png' },
          { path: 'out/raw.bin' },
        ],
        artifacts_omitted: [{ path: 'out/link', reason: 'not_a_regular_file' }],
      });
      const execution_id = factOf(ran, 'execution_id');
      const note = await client.call('get_artifact', { execution_id, path: 'out/note.txt' });
      expect(note.structuredContent).toMatchObject({ delivered_as: 'text', content: 'héllo\n' });
      const plot = await client.call('get_artifact', { execution_id, path: 'out/plot.png' });
      expect(plot.content[1]).toMatchObject({ type: 'image', data: png, mimeType: 'image/png' });
      const raw = await client.call('get_artifact', { execution_id, path: 'out/raw.bin' });
      expect(raw.content[1]).toMatchObject({ type: 'resource', resource: { blob: 'AP8=' } });
    });

    test('take an equal result from the cache', async () => {
      const args = { language: 'python', code: `import time; print(time.time_ns(), "${revision}")`, cache: true };
      const first = await client.call('execute_code', args);
      const second = await client.call('execute_code', args);
      expect(second.structuredContent).toMatchObject({
        cached: true,
        origin_execution_id: factOf(first, 'execution_id'),
        stdout: first.structuredContent?.['stdout'],
      });
    });
  });
});
