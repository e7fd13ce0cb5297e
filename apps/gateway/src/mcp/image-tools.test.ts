import { AppError } from '@gantry/contracts';
import { describe, expect, test } from '@jest/globals';
import { serviceOf, textOf } from '../../../../tests/support/tool-caller.js';
import { createToolbox } from './toolbox.js';

const noRun = (): void => undefined;
const image = { languages: ['py'], image_name: 'tools:v1', packages: { apt: ['jq'] }, environment: { A: '1' } };

describe('create_image', () => {
  test('builds, gives the id in both forms, and the same again without a job', async () => {
    const { call, service } = serviceOf(noRun, (watcher) => watcher.line('Setting up jq'));
    const built = await call('create_image', image);
    expect(built.isError).toBeUndefined();
    const id = String(built.structuredContent?.['image_id']);
    expect(id).toMatch(/^img_[0-9a-f]{32}$/);
    expect(built.structuredContent).toMatchObject({
      success: true,
      status: 'completed',
      reason: 'built',
      image_name: 'tools:v1',
      cached: false,
      build_logs: ['Setting up jq'],
      build_logs_left_out: 0,
      installed: [{ manager: 'apt', name: 'jq', version: null }],
    });
    expect(textOf(built)).toMatch(
      /^Image Created Successfully:\n- Image ID: img_\w+\n- Image Name: tools:v1\n- Languages: py\n- Build Time: \d+\.\d\ds\n\nBuild Logs:\n```\nSetting up jq\n```$/,
    );
    const again = await call('create_image', image);
    expect(again.structuredContent).toMatchObject({ image_id: id, cached: true, job_id: null });
    expect(textOf(again)).toContain('It was there already');
    expect(service.images.builder.built).toEqual([id]);
    const listed = await call('list_images', {});
    expect(listed.structuredContent).toMatchObject({ images: [{ image_id: id, names: ['tools:v1'], ready: true }] });
    expect(textOf(listed)).toContain(
      `- ID: ${id}\n  Names: tools:v1\n  Languages: python\n  Packages: jq\n  Ready: yes`,
    );
    expect(textOf(await call('list_images', {}, { tenant: 'other' }))).toMatch(/^No images\./);
    const ran = await call('execute_code', { language: 'python', code: '', image_id: 'tools:v1', wait_seconds: 0 });
    expect(ran.structuredContent).toMatchObject({ image_id: id });
  });

  test('tells a failing build as an error with the line, the end of the log, and what to do', async () => {
    const { call } = serviceOf(noRun, (watcher) => {
      for (let i = 0; i < 1000; i++) watcher.line(`line ${i}`);
      throw new AppError('build_failed', 'npm exited with code 1', {
        build: { reason: 'build_failed', failingLine: 'npm install nonesuch' },
      });
    });
    const failed = await call('create_image', {
      languages: ['python'],
      packages: { apt: ['nonesuch'] },
      max_log_chars: 200,
    });
    expect(failed.isError).toBe(true);
    expect(failed.structuredContent).toMatchObject({ success: false, reason: 'build_failed', image_id: null });
    const text = textOf(failed);
    expect(text).toMatch(/^Image Creation Failed:\n/);
    expect(text).toContain(
      '- Status: failed (build_failed)\n- Why: npm exited with code 1\n- Failing Line: npm install nonesuch',
    );
    expect(text).toContain('line 999\n```\n\nWhat to do: ');
    expect(text.length).toBeLessThan(800);
    const jobId = failed.structuredContent?.['job_id'];
    const whole = await call('get_image_job', { job_id: jobId, max_log_chars: 100_000 });
    expect(whole.structuredContent).toMatchObject({ build_logs_left_out: 0, kind: 'create' });
    expect(whole.structuredContent?.['build_logs']).toHaveLength(1000);
  });

  test('tells what the build says, hands it over when it takes longer, and stops it', async () => {
    const { call } = serviceOf(noRun, async (watcher, signal) => {
      watcher.progress('installing jq (1/1)', 0);
      watcher.line('unpacking');
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    const told: string[] = [];
    const onProgress = (_progress: number, message: string): void => void told.push(message);
    const begun = await call('create_image', { ...image, wait_seconds: 0.3 }, { onProgress });
    expect(begun.isError).toBeUndefined();
    expect(begun.structuredContent).toMatchObject({ success: false, status: 'running', image_id: null });
    expect(told.join('')).toBe('installing jq (1/1)\nunpacking\n');
    const job_id = String(begun.structuredContent?.['job_id']);
    expect(textOf(begun)).toContain(`Call get_image_job with job_id "${job_id}"`);
    for (const tool of ['get_image_job', 'cancel_image_job']) {
      const stranger = await call(tool, { job_id }, { tenant: 'other' });
      expect([stranger.isError, textOf(stranger)]).toEqual([true, expect.stringContaining('Error not_found: ')]);
    }
    const stopped = await call('cancel_image_job', { job_id });
    expect(stopped.structuredContent).toEqual({ job_id, status: 'cancelled', cancel_requested: true });
    expect(textOf(await call('cancel_image_job', { job_id }))).toContain('had already ended with status cancelled');
    const looked = await call('get_image_job', { job_id });
    expect([looked.isError, looked.structuredContent]).toMatchObject([undefined, { status: 'cancelled' }]);
  });

  test('stops its build when the caller hangs up', async () => {
    const caller = new AbortController();
    const { call, service } = serviceOf(noRun, async (_watcher, signal) => {
      caller.abort();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    await call('create_image', image, { signal: caller.signal });
    expect(await service.images.jobs.load(service.images.ids[0] ?? '')).toMatchObject({ cancelRequested: true });
  });

  test.each([
    ['no language', { languages: [] }, '- languages: '],
    ['an unknown one', { languages: ['python', 'cobol'] }, '- languages[1]: '],
    ['a name with a path', { image_name: 'a/b' }, '- image_name: '],
    ['an option', { packages: { pip: ['requests', '--index-url=x'] } }, '- packages.pip[1]: '],
    ['a loader variable', { environment: { LD_PRELOAD: 'x' } }, '- environment.LD_PRELOAD: '],
    ['what is not offered', { custom_dockerfile: 'FROM x' }, '- custom_dockerfile: is not a known field'],
  ])('refuses %s, naming the place, and builds nothing', async (_what, args, place) => {
    const { call, service } = serviceOf(noRun);
    const refused = await call('create_image', { ...image, ...args });
    expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining(place)]);
    expect(textOf(refused)).toContain('\nWhat to do: ');
    expect(service.images.ids).toEqual([]);
  });

  test('offers Dockerfiles and bases only where the operator does', () => {
    const { deps } = serviceOf(noRun).service;
    const offered = (imageRules: typeof deps.imageRules): string[] => {
      const { listing } = createToolbox({ ...deps, imageRules });
      const tool = listing.find(({ name }) => name === 'create_image');
      return Object.keys(tool?.inputSchema.properties ?? {});
    };
    expect(offered(deps.imageRules)).not.toEqual(expect.arrayContaining(['custom_dockerfile']));
    const open = { allowedBases: ['ubuntu:22.04'], customDockerfile: true, maxContextBytes: 1 };
    expect(offered(open)).toEqual(expect.arrayContaining(['custom_dockerfile', 'files', 'base_os']));
  });
});

describe('install_package', () => {
  test('puts packages on the image of a language, then more on that', async () => {
    const { call } = serviceOf(noRun);
    const first = await call('install_package', {
      package_name: 'requests',
      package_version: '2.31.0',
      language: 'python',
    });
    const id = String(first.structuredContent?.['new_image_id']);
    expect(textOf(first)).toMatch(
      /^Package Installed Successfully:\n- Package: requests\n- Language: python\n- New Image ID: img_\w+\n- Installation Time: /,
    );
    const second = await call('install_package', {
      packages: ['numpy', 'pandas>=2'],
      language: 'python',
      image_id: id,
    });
    expect(second.structuredContent).toMatchObject({
      success: true,
      installed: [{ name: 'requests', version: '==2.31.0' }, { name: 'numpy' }, { name: 'pandas', version: '>=2' }],
    });
    expect(second.structuredContent?.['new_image_id']).not.toBe(id);
  });

  test.each([
    ['no package', { package_name: undefined }, '- package_name: must be given, or packages'],
    [
      'a version without a package',
      { package_name: undefined, package_version: '1', packages: ['a'] },
      '- package_version: ',
    ],
    ['a shell', { package_name: 'a; rm -rf /' }, '- package_name: '],
    ['an unknown image', { image_id: 'nobody' }, 'call list_images'],
    ['an install in place', { build_new_image: false }, 'Leave build_new_image out'],
  ])('refuses %s with what to do', async (_what, args, hint) => {
    const { call, service } = serviceOf(noRun);
    const refused = await call('install_package', { package_name: 'requests', language: 'python', ...args });
    expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining(hint)]);
    expect(service.images.ids).toEqual([]);
  });
});
