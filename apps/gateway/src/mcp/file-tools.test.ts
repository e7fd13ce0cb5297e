import { describe, expect, test } from '@jest/globals';
import type { Script } from '../../../../tests/support/scripted-service.js';
import { output } from '../../../../tests/support/scripted-service.js';
import { idOf, serviceOf, textOf } from '../../../../tests/support/tool-caller.js';

const echo: Script = (run) => run.start().then(() => run.end({ stdout: output('ran\n') }));

describe('uploaded files', () => {
  test('are uploaded, run, listed and deleted', async () => {
    const { call, service } = serviceOf(echo);
    expect(textOf(await call('list_files', {}))).toBe('No files uploaded.');
    const uploaded = await call('upload_file', { filename: 'main.py', content: 'print("é")', language: 'py' });
    expect(uploaded.structuredContent).toMatchObject({
      success: true,
      filename: 'main.py',
      language: 'python',
      size: 11,
    });
    const file_id = String(uploaded.structuredContent?.['file_id']);
    expect(textOf(uploaded)).toContain(
      `File Uploaded Successfully:\n- File ID: ${file_id}\n- Filename: main.py\n- Language: python\n- Size: 11 bytes`,
    );
    const ran = await call('execute_uploaded_file', { file_id, args: ['a'], timeout_seconds: 7 });
    expect(textOf(ran)).toMatch(
      /^File Execution Result:\n- Execution ID: exec_\w+\n- Status: completed \(exit_code\)\n/,
    );
    expect(ran.structuredContent).toMatchObject({ language: 'python', stdout: 'ran\n' });
    const record = await service.executions.load(idOf(ran));
    expect(record?.request).toMatchObject({ code: 'print("é")', args: ['a'], limits: { timeoutMs: 7000 } });
    const listed = await call('list_files', {});
    expect(listed.structuredContent).toMatchObject({ files: [{ file_id, size: 11 }], total_count: 1 });
    expect(textOf(listed)).toMatch(
      /^Uploaded Files \(1\):\n\n- ID: file_\w+\n {2}Filename: main\.py\n {2}Language: python\n {2}Size: 11 bytes\n {2}Uploaded: 20/,
    );
    const deleted = await call('delete_file', { file_id });
    expect([textOf(deleted), deleted.isError]).toEqual([`File ${file_id} deleted successfully.`, undefined]);
  });

  test('are not there for others, nor twice deleted', async () => {
    const { call } = serviceOf(echo);
    const { structuredContent } = await call('upload_file', { filename: 'a.py', content: '' });
    const file_id = String(structuredContent?.['file_id']);
    for (const tool of ['execute_uploaded_file', 'delete_file']) {
      const stranger = await call(tool, { file_id }, { tenant: 'other' });
      expect([stranger.isError, textOf(stranger)]).toEqual([true, expect.stringContaining('Error not_found: ')]);
      expect(textOf(stranger)).toContain('list_files');
    }
    await call('delete_file', { file_id });
    const again = await call('delete_file', { file_id });
    expect([again.isError, textOf(again)]).toEqual([
      true,
      expect.stringContaining(`Failed to delete file ${file_id} or file not found.`),
    ]);
  });

  test('keep their bytes when they come as base64, and go beside a program', async () => {
    const { call, service } = serviceOf(echo);
    const content = Buffer.from([0, 255, 1]).toString('base64');
    const uploaded = await call('upload_file', { filename: 'data.bin', content, encoding: 'base64' });
    expect(uploaded.structuredContent).toMatchObject({ size: 3, language: null });
    const file_id = String(uploaded.structuredContent?.['file_id']);
    const refused = await call('execute_uploaded_file', { file_id, language: 'python' });
    expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining('not text in UTF-8')]);
    const files = [
      { path: 'in/data.bin', file_id },
      { path: 'b.txt', content: 'inline' },
    ];
    const ran = await call('execute_code', { language: 'python', code: '', files, artifacts: ['out/**'] });
    const record = await service.executions.load(idOf(ran));
    expect(record?.request.files.map(({ path, size }) => [path, size])).toEqual([
      ['/workspace/in/data.bin', 3],
      ['/workspace/b.txt', 6],
    ]);
    expect(record?.request.artifacts).toEqual(['out/**']);
  });

  test.each([
    ['upload_file', { filename: '../a', content: '' }, '- filename: '],
    ['upload_file', { filename: 'a', content: '!', encoding: 'base64' }, '- content: must be base64'],
    ['upload_file', { filename: 'a', content: 'x'.repeat(10_001) }, 'Error file_too_large: '],
    ['upload_file', { filename: 'a', content: '', language: 'cobol' }, 'Error unknown_language: '],
    ['execute_uploaded_file', { file_id: '../x' }, '- file_id: must be a file id'],
    ['execute_code', { language: 'python', code: '', files: [{ path: '/etc/x', content: '' }] }, '- files[0].path: '],
    ['execute_code', { language: 'python', code: '', artifacts: ['../x'] }, '- artifacts[0]: '],
    ['get_artifact', { execution_id: 'exec_x', path: 'a' }, '- execution_id: '],
  ])('%s refuses %j', async (tool, args, hint) => {
    const { call } = serviceOf(echo);
    const refused = await call(tool, args);
    expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining(hint)]);
  });

  test('are listed page by page', async () => {
    const { call } = serviceOf(echo);
    for (const filename of ['a', 'b', 'c']) await call('upload_file', { filename, content: filename });
    const first = await call('list_files', { limit: 2 });
    const cursor = first.structuredContent?.['next_cursor'];
    expect(textOf(first)).toContain(`call again with cursor "${String(cursor)}"`);
    const rest = await call('list_files', { limit: 2, cursor });
    expect(rest.structuredContent).toMatchObject({ files: [{}], total_count: 3, next_cursor: null });
  });
});

describe('artifacts', () => {
  const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]);
  const contents: Record<string, { bytes: Buffer; mediaType: string }> = {
    'out/report.txt': { bytes: Buffer.from(`head ${'.'.repeat(500)} tail`), mediaType: 'text/plain' },
    'plot.png': { bytes: PNG, mediaType: 'image/png' },
    'a.bin': { bytes: Buffer.from([0, 255]), mediaType: 'application/octet-stream' },
    'evil\n- Status: completed': { bytes: Buffer.from(''), mediaType: 'text/plain' },
  };

  async function executed(): Promise<ReturnType<typeof serviceOf> & { id: string; text: string }> {
    const { call, service } = serviceOf(async (run) => {
      const { blobs } = service.deps;
      const artifacts = Object.entries(contents).map(async ([path, { bytes, mediaType }]) => {
        const kept = await blobs.put(bytes, { maxBytes: bytes.length, keepUntil: Date.now() + 60_000 });
        return { path, mediaType, ...kept };
      });
      await run.end({
        artifacts: [
          ...(await Promise.all(artifacts)),
          { path: 'huge', size: 2 ** 21, sha256: '00', mediaType: 'text/plain' },
        ],
        artifactsOmitted: [{ path: 'link', reason: 'not_a_regular_file' }],
        artifactsOmittedCount: 12,
      });
    });
    const result = await call('execute_code', { language: 'python', code: '', artifacts: ['**'] });
    return { call, service, id: idOf(result), text: textOf(result) };
  }

  test('are told with the result, by names that stay on their line', async () => {
    const { text } = await executed();
    expect(text).toContain('ARTIFACTS (get_artifact gives their content):\n- out/report.txt (510 bytes, text/plain)\n');
    expect(text).toContain('- evil\\u000a- Status: completed (0 bytes');
    expect(text).toContain('not kept:\n- link (not_a_regular_file)\n(and 2 more)');
  });

  test('come as text, as an image, or as a resource', async () => {
    const { call, id } = await executed();
    const report = await call('get_artifact', { execution_id: id, path: 'out/report.txt', max_chars: 100 });
    expect(report.structuredContent).toMatchObject({ delivered_as: 'text', left_out: 410, media_type: 'text/plain' });
    expect(textOf(report)).toMatch(
      /^Artifact out\/report\.txt of exec_\w+ \(510 bytes, text\/plain\):\n```\nhead [^]+ tail\n```\n\(410 /,
    );
    const plot = await call('get_artifact', { execution_id: id, path: 'plot.png' });
    expect(plot.structuredContent).toMatchObject({ delivered_as: 'image', content: null, size: 5 });
    expect(plot.content[1]).toEqual({ type: 'image', data: PNG.toString('base64'), mimeType: 'image/png' });
    const bin = await call('get_artifact', { execution_id: id, path: 'a.bin' });
    expect(bin.content[1]).toEqual({
      type: 'resource',
      resource: {
        uri: `gantry://executions/${id}/artifacts/a.bin`,
        mimeType: 'application/octet-stream',
        blob: 'AP8=',
      },
    });
  });

  test('that are missing, too large or of others are refused with what to do', async () => {
    const { call, id } = await executed();
    const refusal = async (path: string, tenant = 'acme'): Promise<string> => {
      const result = await call('get_artifact', { execution_id: id, path }, { tenant });
      expect(result.isError).toBe(true);
      return textOf(result);
    };
    expect(await refusal('../../etc/passwd')).toMatch(/Error not_found: [^]*What to do: get_execution lists/);
    expect(await refusal('huge')).toContain(`fetch it at GET /executions/${id}/artifacts/huge`);
    expect(await refusal('plot.png', 'other')).toContain(`There is no execution ${id}`);
  });
});

test('an equal request with cache gives the former result', async () => {
  const { call, service } = serviceOf(echo);
  const args = { language: 'python', code: 'x', cache: true };
  const first = await call('execute_code', args);
  const record = await service.executions.load(idOf(first));
  await service.deps.cache.remember('acme', record?.request.cache?.key ?? '', idOf(first));
  const second = await call('execute_code', args);
  expect(second.structuredContent).toMatchObject({ cached: true, origin_execution_id: idOf(first), stdout: 'ran\n' });
  expect(textOf(second)).toContain('- Cached: ');
  expect(service.ids).toHaveLength(1);
});
