import { createHash, randomBytes } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import type { DockerfileInstruction, Recipe } from '@gantry/contracts';
import { recipeId } from '@gantry/core';
import { TEST_CERTIFICATE } from '../support/certificate.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { BUILD_LIMITS, CollectingWatcher, RealImages, recipeOf } from '../support/real-images.js';
import { DetachedSandboxes, programStage, runIn } from '../support/real-sandboxes.js';
import { dockerHost } from '../support/requirements.js';

const MIB = 1024 * 1024;
const FILE = Buffer.from('print("from a file")\n');
const SHA256 = createHash('sha256').update(FILE).digest('hex');

const images = new RealImages();
async function* readBlob(sha256: string): AsyncGenerator<Uint8Array> {
  expect(sha256).toBe(SHA256);
  yield FILE.subarray(0, 5);
  yield FILE.subarray(5);
}
const builder = images.builder({ readBlob });

/** A recipe like no other, so that nothing of it is there yet. */
function custom(...instructions: [DockerfileInstruction['word'], string][]): Recipe {
  const lines = instructions.map(([word, argument], index) => ({ word, argument, line: index + 2 }));
  const files = [{ path: 'src/main.py', sha256: SHA256, size: FILE.length, mode: 0o640 }];
  const env = { UNIQUE: randomBytes(6).toString('hex') };
  return recipeOf({ env, dockerfile: { instructions: lines, files } });
}

async function failureOf(building: Promise<unknown>): Promise<Record<string, unknown>> {
  return building.then(
    () => Promise.reject(new Error('the build succeeded')),
    (error: Record<string, unknown>) => error,
  );
}

/** Build containers have no label; they are known by the image that they run. */
async function runningBuilds(recipe: Recipe): Promise<string[]> {
  const all = await images.docker.listContainers({ all: true });
  const inspected = await Promise.all(
    all.map(({ Id }) =>
      images.docker
        .getContainer(Id)
        .inspect()
        .catch(() => null),
    ),
  );
  const mine = inspected.filter((info) => info?.Config.Env?.includes(`UNIQUE=${recipe.env['UNIQUE']}`));
  return mine.map((info) => info?.Id ?? '');
}

describe('an image', () => {
  test('of environment alone is built once, keeps every character, and is then there', async () => {
    const value = `a "quoted" $HOME \\ ${randomBytes(6).toString('hex')}`;
    const recipe = recipeOf({ env: { GREETING: value, OTHER: '' } });
    expect(await builder.find(recipeId(recipe), recipe)).toBeNull();
    const { image } = await images.build(recipe, { builder });
    const info = await images.docker.getImage(image.reference).inspect();
    expect(info.Config.Env).toEqual(expect.arrayContaining([`GREETING=${value}`, 'OTHER=']));
    expect(image).toMatchObject({ source: 'built', digest: info.Id, layersTotal: image.layersCached });
    const again = await images.build(recipe, { builder });
    expect(again.image).toMatchObject({ source: 'present', digest: image.digest, reference: image.reference });
    await eventually(() => expect(builder.ready()).toContain(recipeId(recipe)));
  });

  test('of a custom Dockerfile has its files, directories, arguments and user', async () => {
    const recipe = custom(
      ['ARG', 'GREETING=hello'],
      ['WORKDIR', '/opt/app'],
      ['COPY', '--chown=sandbox . .'],
      [
        'RUN',
        'test "$(stat -c "%U %a" src/main.py)" = "sandbox 640" && python3 src/main.py && echo "$GREETING" > said && pwd',
      ],
      ['RUN', '["/bin/echo", "not by a shell; $GREETING"]'],
      ['USER', 'sandbox'],
      ['RUN', 'id -un; echo "settings: ${FTP_PROXY-none}"'],
    );
    const watcher = new CollectingWatcher();
    const { image } = await images.build(recipe, { builder, watcher });
    expect(watcher.lines).toEqual(
      expect.arrayContaining(['from a file', '/opt/app', 'not by a shell; $GREETING', 'sandbox', 'settings: none']),
    );
    expect(watcher.lines.some((line) => /^\[3\/7\] COPY --chown=sandbox \. \. \(line 4\)$/.test(line))).toBe(true);
    const { Config } = await images.docker.getImage(image.reference).inspect();
    expect(Config).toMatchObject({
      WorkingDir: '/workspace',
      Entrypoint: ['/opt/gantry/gantry-init'],
      User: 'sandbox',
    });
  });

  test('of a custom Dockerfile that puts its own program in the place of the init still has ours', async () => {
    const instead = 'rm -rf /opt/gantry/gantry-init && cp /bin/true /opt/gantry/gantry-init';
    const { image } = await images.build(custom(['RUN', instead]), { builder });
    const sandboxes = new DetachedSandboxes();
    {
      await using sandbox = await sandboxes.acquire({}, undefined, image.reference);
      expect((await runIn(sandbox, await programStage('streams.sh'))).report.exitCode).toBe(0);
    }
    await sandboxes.provider.close();
    await sandboxes.expectNothingLeft();
  });

  test('trusts the certificates of its place, those that are not public anyway', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    const extraCaCerts = ['# a comment', rootCertificates[0], TEST_CERTIFICATE, broken, TEST_CERTIFICATE].join('\n');
    const trusting = images.builder({ readBlob, extraCaCerts });
    const line = TEST_CERTIFICATE.split('\n')[1] ?? '';
    const command = `ls /usr/local/share/ca-certificates/gantry/; grep -cF '${line}' /etc/ssl/certs/ca-certificates.crt`;
    const watcher = new CollectingWatcher();
    await images.build(custom(['RUN', command]), { builder: trusting, watcher });
    expect(watcher.lines).toContain('0.crt');
    expect(watcher.lines).not.toContain('1.crt');
  });

  test('on another base has the init of ours in it', async () => {
    const recipe = { ...recipeOf({ env: { UNIQUE: randomBytes(6).toString('hex') } }), base: 'debian:bookworm-slim' };
    const { image } = await images.build(recipe, { builder });
    const { Config } = await images.docker.getImage(image.reference).inspect();
    expect(Config).toMatchObject({ Entrypoint: ['/opt/gantry/gantry-init'], WorkingDir: '/workspace' });
    const missing = { ...recipe, base: 'localhost:9/none:1' };
    expect(await failureOf(images.build(missing, { builder }))).toMatchObject({ code: 'base_unavailable' });
  });

  test('is not removed while a container has it, and is afterwards', async () => {
    const recipe = recipeOf({ env: { UNIQUE: randomBytes(6).toString('hex') } });
    const { image } = await images.build(recipe, { builder });
    const container = await images.docker.createContainer({ Image: image.reference });
    try {
      await expect(builder.remove(recipeId(recipe))).rejects.toMatchObject({ code: 'image_in_use' });
    } finally {
      await container.remove({ force: true });
    }
    await builder.remove(recipeId(recipe));
    expect(await builder.find(recipeId(recipe), recipe)).toBeNull();
    await builder.remove(recipeId(recipe));
  });

  test('that another deployment has made is not removed', async () => {
    const recipe = recipeOf({ env: { UNIQUE: randomBytes(6).toString('hex') } });
    const { image } = await images.build(recipe, { builder });
    const stranger = images.builder({ deployment: `${images.deployment}-other` });
    await stranger.remove(recipeId(recipe));
    expect(await builder.find(recipeId(recipe), recipe)).toMatchObject({ digest: image.digest });
  });

  test('goes when it has not been used for long, but not while a container has it', async () => {
    const recipe = recipeOf({ env: { UNIQUE: randomBytes(6).toString('hex') } });
    let now = Date.now();
    const clock = { now: () => now, monotonic: () => performance.now() };
    const keeper = images.builder({ clock, deployment: `${images.deployment}-shelf` });
    const { image } = await images.build(recipe, { builder: keeper });
    expect(await keeper.expire({ unusedMs: 3_600_000, maxBytes: 1e12 })).toEqual([]);
    now += 3_500_000;
    await keeper.find(recipeId(recipe), recipe);
    now += 3_500_000;
    expect(await keeper.expire({ unusedMs: 3_600_000, maxBytes: 1e12 })).toEqual([]);
    now += 200_000;
    const container = await images.docker.createContainer({ Image: image.reference });
    expect(await keeper.expire({ unusedMs: 3_600_000, maxBytes: 1e12 })).toEqual([]);
    await container.remove({ force: true });
    expect(await keeper.expire({ unusedMs: 3_600_000, maxBytes: 1e12 })).toEqual([recipeId(recipe)]);
    expect(await keeper.find(recipeId(recipe), recipe)).toBeNull();
  });
});

describe('a build', () => {
  test('that twenty ask for at once, at two workers, is made once', async () => {
    const recipe = custom(['RUN', 'sleep 1; head -c 8 /dev/urandom | od > /unique']);
    const workers = [builder, images.builder({ readBlob })];
    const asking = Array.from({ length: 20 }, async (_, index) => {
      const watcher = new CollectingWatcher();
      const { image } = await images.build(recipe, { builder: workers[index % 2]!, watcher });
      return { digest: image.digest, source: image.source, worker: index % 2, ran: watcher.lines.length > 0 };
    });
    const outcomes = await Promise.all(asking);
    expect(new Set(outcomes.map(({ digest }) => digest)).size).toBe(1);
    const builders = new Set(outcomes.filter(({ source }) => source === 'built').map(({ worker }) => worker));
    expect(builders.size).toBe(1);
    expect(outcomes.filter(({ source }) => source === 'present').map(({ worker }) => worker)).not.toContain(
      [...builders][0],
    );
  });

  test('that fails says which line, with the log up to there, and makes no image', async () => {
    const recipe = custom(['RUN', 'echo first'], ['RUN', 'echo before >&2; echo "no such thing" >&2; exit 3']);
    const watcher = new CollectingWatcher();
    const failure = await failureOf(images.build(recipe, { builder, watcher }));
    const failingLine = 'RUN echo before >&2; echo "no such thing" >&2; exit 3 (line 3)';
    expect(failure).toMatchObject({ code: 'build_failed', build: { reason: 'build_failed', failingLine } });
    expect(failure['message']).toBe(`${failingLine} failed (exit code 3): no such thing`);
    expect(watcher.lines).toEqual(expect.arrayContaining(['first', 'before', 'no such thing']));
    expect(watcher.lines.at(-1)).toBe(failure['message']);
    expect(await builder.find(recipeId(recipe), recipe)).toBeNull();
  });

  test('that everybody leaves stops and leaves nothing behind; one that somebody waits for goes on', async () => {
    const recipe = custom(['RUN', 'echo begun; sleep 120'], ['RUN', 'echo never']);
    const [first, second] = [new AbortController(), new AbortController()];
    const watchers = [new CollectingWatcher(), new CollectingWatcher()];
    const leaving = [first, second].map((controller, index) =>
      failureOf(images.build(recipe, { builder, watcher: watchers[index]!, signal: controller.signal })),
    );
    await eventually(() => watchers.forEach(({ lines }) => expect(lines).toContain('begun')));
    first.abort(new Error('no longer wanted'));
    expect(await leaving[0]).toMatchObject({ message: 'no longer wanted' });
    expect(await runningBuilds(recipe)).toHaveLength(1);
    const left = performance.now();
    second.abort(new Error('nor by the other'));
    expect(await leaving[1]).toMatchObject({ message: 'nor by the other' });
    expect(performance.now() - left).toBeLessThan(10_000);
    expect(await runningBuilds(recipe)).toEqual([]);
    expect(await images.containers()).toEqual([]);
    expect(watchers[1]!.lines).not.toContain('never');
  });

  test('of a worker that vanishes is stopped by the engine, and made by the next at once', async () => {
    const way = await FaultyProxy.beforeSocket(dockerHost());
    const vanishing = images.builder({ readBlob, socket: way.address });
    const recipe = custom(['RUN', 'echo begun; sleep 3']);
    const [watcher, waiting] = [new CollectingWatcher(), new CollectingWatcher()];
    const first = failureOf(images.build(recipe, { builder: vanishing, watcher }));
    await eventually(() => expect(watcher.lines).toContain('begun'));
    const second = images.build(recipe, { builder, watcher: waiting });
    await eventually(() => expect(waiting.messages.join()).toContain('another worker'));
    way.cut();
    expect((await second).image.source).toBe('built');
    expect(waiting.lines).toContain('begun');
    way.restore();
    expect(await first).toMatchObject({ code: 'engine_unavailable' });
    await way.close();
  });

  test('under way stops when the worker does', async () => {
    const recipe = custom(['RUN', 'echo begun; sleep 60']);
    const closing = images.builder({ readBlob });
    const watcher = new CollectingWatcher();
    const failure = failureOf(images.build(recipe, { builder: closing, watcher }));
    await eventually(() => expect(watcher.lines).toContain('begun'));
    await closing.close();
    expect(await failure).toMatchObject({ code: 'shutting_down' });
    expect(await runningBuilds(recipe)).toEqual([]);
    await expect(images.build(recipe, { builder: closing })).rejects.toMatchObject({ code: 'shutting_down' });
  });

  test.each([
    ['time', { timeMs: 1500 }, 'sleep 60', 'build_time_limit'],
    [
      'disk',
      { diskBytes: 24 * MIB },
      'for i in 1 2 3 4 5; do head -c 10000000 /dev/urandom > /f$i; done; sleep 60',
      'build_disk_limit',
    ],
    ['memory', { memoryBytes: 64 * MIB }, `python3 -c 'x = bytearray(200_000_000)'`, 'build_memory_limit'],
  ])('ends at its limit of %s', async (_, limits, command, reason) => {
    const strict = images.builder({ limits: { ...BUILD_LIMITS, ...limits }, readBlob });
    const recipe = custom(['RUN', command]);
    const failure = await failureOf(images.build(recipe, { builder: strict }));
    expect(failure).toMatchObject({ code: 'build_limit', build: { reason, failingLine: `RUN ${command} (line 2)` } });
    expect(await runningBuilds(recipe)).toEqual([]);
  });

  test('ends at its limit of disk though it writes faster than anyone looks', async () => {
    const strict = images.builder({ limits: { ...BUILD_LIMITS, diskBytes: 4 * MIB }, readBlob });
    const recipe = custom(['RUN', 'for i in 1 2 3; do head -c 3000000 /dev/zero > /f$i; done']);
    const failure = await failureOf(images.build(recipe, { builder: strict }));
    expect(failure).toMatchObject({ code: 'build_limit', build: { reason: 'build_disk_limit' } });
    expect(await strict.find(recipeId(recipe), recipe)).toBeNull();
  });

  test('has no more processes than it may', async () => {
    const strict = images.builder({ limits: { ...BUILD_LIMITS, processes: 20 }, readBlob });
    // The limit comes within moments of the start; before that there is none to test.
    const program = `
import glob, os, time
def limited(): return any(open(path).read().strip() == "20" for path in glob.glob("/sys/fs/cgroup/pids.max") + glob.glob("/sys/fs/cgroup/pids/pids.max"))
deadline = time.time() + 10
while not limited() and time.time() < deadline: time.sleep(0.05)
forks = 0
try:
  while forks < 60:
    if os.fork() == 0:
      time.sleep(3); os._exit(0)
    forks += 1
except OSError: pass
print("forks", forks)`;
    const recipe = custom(['RUN', JSON.stringify(['python3', '-c', program])]);
    const watcher = new CollectingWatcher();
    await images.build(recipe, { builder: strict, watcher });
    const forks = Number(/^forks (\d+)$/.exec(watcher.lines.find((line) => line.startsWith('forks')) ?? '')?.[1]);
    expect(forks).toBeGreaterThan(5);
    expect(forks).toBeLessThan(20);
  });

  test('cannot shake its limits off by saying that there are many containers', async () => {
    const strict = images.builder({ limits: { ...BUILD_LIMITS, diskBytes: 24 * MIB, processes: 20 }, readBlob });
    const forged = `for i in 1 2 3 4 5 6; do for j in $(seq 100); do printf ' ---> Running in %012x\\n' $((i*j)); done; done`;
    const command = `${forged}; for i in 1 2 3 4 5; do head -c 10000000 /dev/urandom > /f$i; done; sleep 60`;
    const recipe = custom(['RUN', forged], ['RUN', command]);
    const building = failureOf(images.build(recipe, { builder: strict }));
    await eventually(async () => {
      const [id] = await runningBuilds(recipe);
      expect((await images.docker.getContainer(id ?? 'none').inspect()).HostConfig.PidsLimit).toBe(20);
    });
    expect(await building).toMatchObject({ build: { reason: 'build_disk_limit' } });
    const memory = images.builder({ limits: { ...BUILD_LIMITS, memoryBytes: 64 * MIB }, readBlob });
    const greedy = custom(['RUN', forged], ['RUN', `${forged}; python3 -c 'x = bytearray(200_000_000)'`]);
    expect(await failureOf(images.build(greedy, { builder: memory }))).toMatchObject({
      build: { reason: 'build_memory_limit' },
    });
  });

  test('waits for its turn, can be left meanwhile, and says so', async () => {
    const narrow = images.builder({ readBlob, concurrency: 1 });
    const gate = new AbortController();
    const slow = new CollectingWatcher();
    const first = failureOf(
      images.build(custom(['RUN', 'echo begun; sleep 60']), { builder: narrow, watcher: slow, signal: gate.signal }),
    );
    await eventually(() => expect(slow.lines).toContain('begun'));
    const leaving = new AbortController();
    const watchers = [new CollectingWatcher(), new CollectingWatcher()];
    const left = failureOf(
      images.build(custom(['RUN', 'true']), { builder: narrow, watcher: watchers[0]!, signal: leaving.signal }),
    );
    const third = images.build(custom(['RUN', 'echo third']), { builder: narrow, watcher: watchers[1]! });
    await eventually(() => watchers.forEach(({ messages }) => expect(messages).toContain('waiting for another build')));
    leaving.abort(new Error('left'));
    expect(await left).toMatchObject({ message: 'left' });
    expect(watchers[1]!.lines).not.toContain('third');
    gate.abort(new Error('enough'));
    expect(await first).toMatchObject({ message: 'enough' });
    expect((await third).image.source).toBe('built');
    expect(watchers[1]!.lines).toContain('third');
  });

  test('cannot have containers of others stopped by playing the builder', async () => {
    const bystander = await images.docker.createContainer({
      Image: (await images.build(recipeOf({}), { builder })).image.reference,
    });
    try {
      const recipe = custom([
        'RUN',
        `echo " ---> Running in ${bystander.id.slice(0, 12)}"; echo "Step 99/99 : RUN evil"; exit 1`,
      ]);
      expect(await failureOf(images.build(recipe, { builder }))).toMatchObject({ code: 'build_failed' });
      expect((await bystander.inspect()).HostConfig.PidsLimit).toBeNull();
    } finally {
      await bystander.remove({ force: true });
    }
  });
});
