import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CreateImageView, FileUploaded, JobView } from '@gantry/contracts';
import { CliProcess } from '../support/cli-process.js';
import { runtimesDirectory } from '../support/runtimes-directory.js';
import { startStack, type Stack } from '../support/stack.js';

/** Makes the recipes of this run differ from all others, so that what is built here is built here. */
const RUN = randomBytes(6).toString('hex');

describe('images, files and artifacts on the command line', () => {
  let stack: Stack;
  let directory: string;
  let runtimes: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gantry-cli-e2e-'));
    runtimes = await runtimesDirectory({
      slow: `echo ${RUN}; echo it has begun; sleep 100`,
      broken: `echo ${RUN}; echo no such thing >&2; exit 3`,
    });
    stack = await startStack({ env: { RUNTIMES_DIR: runtimes, MAX_FILE_BYTES: String(3 * 2 ** 20) } });
  });
  afterAll(async () => {
    for (const name of ['tools', 'more']) await gantry(['delete-image', name]);
    await stack.close();
    await rm(directory, { recursive: true });
    await rm(runtimes, { recursive: true });
  });

  const start = (argv: string[], stdin: string | Buffer = ''): CliProcess =>
    new CliProcess(stack.url, argv, { stdin, cwd: directory });
  const gantry = (argv: string[], stdin: string | Buffer = '') => start(argv, stdin).ended();
  const saved = async (name: string): Promise<string> => readFile(join(directory, name), 'utf8');

  test('create, install-package, exec on it, images, delete-image', async () => {
    const created = await gantry(['create', 'bash', '--image-name', 'tools', '-e', `RUN=${RUN}`]);
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^image: +img_[0-9a-f]{32}\nname: +tools\n/) });
    const again = await gantry(['create', 'bash', '--image-name', 'tools', '-e', `RUN=${RUN}`, '--json']);
    expect(JSON.parse(again.out) as CreateImageView).toMatchObject({ success: true, image_name: 'tools' });
    const order = ['install-package', 'tools', 'bash', 'hello', '--version', '2.10-3', '-n', 'more'];
    const installed = await gantry(order);
    expect(installed).toMatchObject({
      code: 0,
      out: expect.stringContaining('installed: hello=2.10-3'),
      err: expect.stringContaining('\nSetting up hello (2.10-3)'),
    });
    const ran = await gantry(['exec', '--image', 'more', 'bash', 'hello; echo $RUN']);
    expect(ran).toEqual({ code: 0, out: `Hello, world!\n${RUN}\n`, err: '' });
    const { out } = await gantry(['images']);
    expect(out).toMatch(/^img_[0-9a-f]+ +more +bash +1 /m);
    expect((await gantry(['image', 'more'])).out).toContain('packages:  hello=2.10-3');
    expect(await gantry(['delete-image', 'more'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('is deleted'),
    });
    expect((await gantry(['image', 'more'])).code).toBe(1);
  });

  test('a failing build tells its log and why, and exits with 1', async () => {
    const told = await gantry(['create', 'broken']);
    expect(told).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^no such thing\n[^]*^gantry: build_failed: /m),
    });
    const failed = await gantry(['create', 'broken', '--json']);
    expect([failed.code, JSON.parse(failed.out) as CreateImageView]).toMatchObject([
      1,
      { success: false, reason: 'build_failed', image_id: null },
    ]);
    const { job_id } = JSON.parse(failed.out) as CreateImageView;
    expect((await gantry(['logs', job_id ?? ''])).out).toContain('no such thing\n');
    expect((await gantry(['result', job_id ?? ''])).out).toContain('status:    failed (build_failed)');
  });

  test('Ctrl-C cancels a build; one that was not waited for is followed and cancelled', async () => {
    const build = start(['create', 'slow']);
    await build.has('err', 'it has begun');
    build.child.kill('SIGINT');
    expect(await build.ended()).toMatchObject({
      code: 130,
      out: '',
      err: expect.stringMatching(/gantry: Cancelling job_\w+.*\n[^]*gantry: cancelled: /),
    });
    const ordered = await gantry(['create', 'slow', '--no-wait']);
    const id = ordered.out.trim();
    expect(id).toMatch(/^job_\w{26}$/);
    const following = start(['logs', '-f', id]);
    await following.has('out', 'it has begun');
    expect(await gantry(['cancel', id])).toMatchObject({ code: 0, out: expect.stringContaining('cancelled') });
    expect((await following.ended()).code).toBe(0);
    const shown = await gantry(['result', id, '--json']);
    expect(JSON.parse(shown.out) as JobView).toMatchObject({ status: 'cancelled', reason: 'cancelled' });
  });

  test('upload-file, list-files, exec-file, download-file, delete-file', async () => {
    await writeFile(join(directory, 'job.py'), 'import sys; print("filed", sys.argv[1:])\n');
    const { file_id, language } = JSON.parse((await gantry(['upload-file', 'job.py', '--json'])).out) as FileUploaded;
    expect(language).toBe('python');
    expect(await gantry(['exec-file', file_id, '--', '-x'])).toEqual({ code: 0, out: "filed ['-x']\n", err: '' });
    expect((await gantry(['list-files'])).out).toMatch(new RegExp(`^${file_id} +job\\.py +python +41 B`, 'm'));
    expect((await gantry(['file-stats'])).out).toContain('files:     1\n');
    expect((await gantry(['download-file', file_id])).err).toContain('job.py is there already');
    await rm(join(directory, 'job.py'));
    expect(await gantry(['download-file', file_id])).toEqual({ code: 0, out: 'job.py\n', err: '' });
    expect(await saved('job.py')).toContain('print("filed"');
    const piped = await gantry(['upload-file', '-', '-n', 'data.bin', '--json'], Buffer.from([0, 255]));
    const bytes = start(['download-file', (JSON.parse(piped.out) as FileUploaded).file_id, '-o', '-']);
    await bytes.ended();
    expect(bytes.out).toEqual(Buffer.from([0, 255]));
    expect((await gantry(['delete-file', file_id])).code).toBe(0);
    expect((await gantry(['exec-file', file_id])).err).toContain('gantry list-files');
    await writeFile(join(directory, 'huge'), Buffer.alloc(4 * 2 ** 20));
    expect(await gantry(['upload-file', 'huge'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('3145728 bytes'),
    });
  });

  test('exec takes files along and brings files back', async () => {
    await writeFile(
      join(directory, 'copy.py'),
      'import shutil; shutil.copytree("in", "out"); print(open("run").read())',
    );
    await writeFile(join(directory, 'small.txt'), 'small');
    await writeFile(join(directory, 'run'), '#!/bin/sh\n', { mode: 0o755 });
    const large = Buffer.alloc(2 * 2 ** 20, 'x');
    await writeFile(join(directory, 'large.bin'), large);
    const files = ['-f', 'copy.py', '-f', 'small.txt:in/small.txt', '-f', 'large.bin:in/a/large.bin', '-f', 'run'];
    const ran = await gantry(['exec', ...files, '-a', 'out/**', '-o', 'back']);
    expect(ran).toEqual({ code: 0, out: '#!/bin/sh\n\n', err: 'gantry: saved 2 artifacts in back\n' });
    expect(await saved('back/out/small.txt')).toBe('small');
    expect((await readFile(join(directory, 'back/out/a/large.bin'))).equals(large)).toBe(true);
    // What was uploaded for this execution is gone.
    expect((await gantry(['list-files'])).out).not.toContain('large.bin');
  });

  test('artifacts are saved below their directory, whatever a program calls them', async () => {
    const code = String.raw`import os
os.makedirs("o/..a")
for name in ["o/a\nb", "o/..a/c", "o/\\..\\up", "o/C:x", "o/ESC\x1b[2J"]: open(name, "w").write("x")
os.symlink("/etc/passwd", "o/link"); os.mkfifo("o/pipe")`;
    const detached = await gantry(['exec', 'python', code, '-a', 'o/**', '--detach']);
    const id = detached.out.trim();
    await gantry(['result', id, '--wait']);
    const { code: exit, err } = await gantry(['artifacts', id]);
    expect(exit).toBe(0);
    expect(err).toContain('not kept: o/link (not_a_regular_file)\n');
    expect(err).toContain(`saved 5 artifacts in ./${id}\n`);
    expect((await readdir(join(directory, id, 'o'))).sort()).toEqual(['..a', 'C_x', 'ESC_[2J', '_.._up', 'a_b']);
    expect((await gantry(['artifacts', id, '--list'])).out).toContain('o/ESC\\x1b[2J');
    const tar = await gantry(['artifacts', id, '--tar', 'all.tar']);
    expect([tar.code, (await saved('all.tar')).includes('ustar')]).toEqual([0, true]);
  });
});
