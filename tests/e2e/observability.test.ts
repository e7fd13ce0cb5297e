import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api, collect } from '../support/api.js';
import { containersOf } from '../support/containers.js';
import { askingPanels, loadDashboards, loadRules, type PanelTarget } from '../support/dashboards.js';
import { eventually } from '../support/eventually.js';
import { documentedMetrics } from '../support/metrics-page.js';
import { ServiceProcess } from '../support/process.js';
import { PrometheusServer, type Series } from '../support/prometheus-server.js';
import { selectionsOf } from '../support/promql.js';
import { promtool } from '../support/promtool.js';
import { startStack, type Stack } from '../support/stack.js';

const digest = (key: string): string => createHash('sha256').update(key).digest('hex');
/** Long enough for a rate at one scrape a second, and for all that the load does. */
const RANGE_SECONDS = 120;

const VARIABLES: Record<string, string> = {
  $__rate_interval: '15s',
  $__range: `${RANGE_SECONDS}s`,
  $__interval: '1s',
  $instance: '.*',
  $tenant: '.*',
};

function filledIn({ expr }: PanelTarget): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

const hasNumber = ({ value, values = [] }: Series): boolean =>
  [...values, ...(value ? [value] : [])].some(([, number]) => !Number.isNaN(Number(number)));

/** Programs of several kinds and of two tenants, and whatever else leaves a trace in a metric. */
async function load(alice: Api, bob: Api): Promise<void> {
  const tag = randomBytes(4).toString('hex');
  const slow = { language: 'bash', code: 'for i in 1 2 3; do echo $i; sleep 1; done' };
  const artifacts = `echo kept > a.txt; ln -s /etc/passwd b.txt; head -c 100000 /dev/zero | base64; echo oops >&2 # ${tag}`;
  const cached = { language: 'python', code: `print("${tag}")`, cache: true };
  const waves = async (api: Api, language: string, code: string): Promise<void> => {
    for (let i = 0; i < 6; i++) await api.execute({ language, code });
  };
  const followed = alice.submit(slow).then((id) => collect(alice.stream(id)));
  await Promise.all([
    waves(alice, 'python', 'print(sum(range(10**5)))'),
    waves(bob, 'node', 'console.log(1)'),
    alice.execute({ language: 'bash', code: artifacts, artifacts: ['*.txt'] }),
    alice.execute(cached).then(() => alice.execute(cached)),
    bob.execute({ language: 'python', code: 'raise SystemExit(3)' }),
    bob.execute({ language: 'bash', code: 'sleep 60', resource_limits: { timeout_seconds: 1 } }),
    bob.call('POST', '/execute', { language: 'klingon', code: '' }),
    alice.call('POST', '/images/create', { languages: ['bash'], environment: { TAG: tag }, wait_seconds: 60 }),
    // More than there are slots: some wait.
    ...Array.from({ length: 8 }, () => bob.execute({ language: 'bash', code: 'sleep 2' })),
    followed,
    reachLimit(alice),
  ]);
}

/** One file is allowed: the second is refused, over REST and as a tool's answer. */
async function reachLimit(api: Api): Promise<void> {
  const file = { filename: 'a.txt', content: 'a' };
  expect((await api.call('POST', '/files/upload', file)).status).toBe(200);
  expect((await api.call('POST', '/files/upload', file)).status).toBe(429);
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'upload_file', arguments: file } };
  const { status } = await api.call('POST', '/mcp', call, { accept: 'application/json, text/event-stream' });
  expect(status).toBe(200);
}

/** Only from then on can it see how something begins. */
async function scraped(prometheus: PrometheusServer, processes: number): Promise<void> {
  await eventually(async () => {
    const up = (await prometheus.targets()).filter(({ health }) => health === 'up');
    expect(up.length).toBe(processes);
  }, 20_000);
}

/** Takes what requires it, and dies of it. Resolves when it is dead, with what waits until that was noticed. */
async function killWorker(stack: Stack, api: Api): Promise<() => Promise<void>> {
  const workerId = `doomed-${stack.deployment}`;
  const doomed = await stack.startWorker({ WORKER_TAGS: 'doomed', WORKER_ID: workerId });
  const order = { language: 'bash', code: 'sleep 600', requires: ['doomed'] };
  const id = await eventually(() => api.submit(order), 20_000);
  await eventually(async () => expect(await api.get(id)).toMatchObject({ status: 'running' }), 20_000);
  await doomed.stop('SIGKILL');
  return async () => {
    await eventually(async () => expect(await api.get(id)).toMatchObject({ reason: 'worker_lost' }), 30_000, 500);
    await eventually(
      async () => {
        const owners = (await containersOf(stack.deployment)).map((labels) => labels['gantry.worker']);
        expect(owners).not.toContain(workerId);
      },
      30_000,
      500,
    );
  };
}

describe('metrics, rules and dashboards', () => {
  let stack: Stack;
  let prometheus: PrometheusServer;
  let engineProxy: ServiceProcess | undefined;
  let outputs: { gateway: string; worker: string };
  const text = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

  beforeAll(async () => {
    const API_KEYS = `alice:${digest('key-a')},bob:${digest('key-b')}`;
    stack = await startStack({ workers: 2, env: { API_KEYS, WORKER_CONCURRENCY: '2', MAX_FILES_PER_TENANT: '1' } });
    const started = await Promise.all(stack.workers.map((worker) => worker.logged('worker started')));
    const workers = started.map(({ healthPort }) => `127.0.0.1:${String(healthPort)}`);
    engineProxy = new ServiceProcess('apps/engine-proxy/dist/main.js', {
      ...stack.env,
      PROXY_PORT: '0',
      PROXY_HEALTH_PORT: '0',
    });
    const proxy = await engineProxy.logged('engine proxy started');
    prometheus = await PrometheusServer.start({
      'gantry-engine-proxy': [`127.0.0.1:${String(proxy['healthPort'])}`],
      'gantry-gateway': [new URL(stack.adminUrl).host],
      'gantry-worker': workers,
    });
    const [alice, bob] = [new Api(stack.url, 'key-a'), new Api(stack.url, 'key-b')] as const;
    // The load comes after the death: nothing else shall be lost.
    const [lossSeen] = await Promise.all([killWorker(stack, alice), scraped(prometheus, 4)]);
    await Promise.all([load(alice, bob), lossSeen()]);
    outputs = { gateway: await text(stack.adminUrl), worker: await text(`http://${workers[0] ?? ''}`) };
  }, 90_000);
  afterAll(async () => {
    await Promise.all([(prometheus as PrometheusServer | undefined)?.close(), engineProxy?.stop()]);
    await stack.close();
    expect(await containersOf(stack.deployment)).toEqual([]);
  });

  test('Prometheus scrapes every process under the name of its job', async () => {
    const targets = await prometheus.targets();
    expect(targets.map(({ labels, health }) => `${labels['job'] ?? ''} ${health}`).sort()).toEqual([
      'gantry-engine-proxy up',
      'gantry-gateway up',
      'gantry-worker up',
      'gantry-worker up',
    ]);
  });

  test.each([
    ['gateway', 'Gateway'],
    ['worker', 'Worker'],
  ] as const)(
    'the %s tells the documented metrics and no other, and promtool has no complaint',
    async (name, section) => {
      const told = [...outputs[name].matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, metric, type]) => `${metric} ${type}`);
      const documented = ['Every process', 'Node.js', 'Gateway and worker', section].flatMap((title) =>
        [...(documentedMetrics().get(title) ?? [])].map(([metric, { type }]) => `${metric} ${type}`),
      );
      expect(told.sort()).toEqual(documented.sort());
      expect(await promtool(['check', 'metrics'], outputs[name])).toEqual({ code: 0, said: '' });
      expect(outputs[name]).not.toMatch(/(exec|job|file|img)_[0-9a-z]{8}/);
    },
  );

  test('every rule is evaluated without an error', async () => {
    await eventually(async () => {
      const rules = await prometheus.rules();
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      const names = loadRules().map(({ record, alert }) => record ?? alert ?? '');
      expect(rules.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    });
  });

  test.each([
    ['gantry_tenant_executions_total{tenant="bob"}', 16],
    ['gantry_tenant_executions_total{tenant="alice", status="completed"}', 9],
    ['gantry_executions_total{reason="wall_time_limit"}', 1],
    ['gantry_executions_total{reason="exit_code", status="failed"}', 1],
    ['gantry_executions_total{reason="worker_lost"}', 1],
    ['gantry_jobs_lost_total', 1],
    ['gantry_worker_lost_total{worker=~"doomed-.*", jobs="executions"}', 1],
    ['gantry_submits_total{outcome="refused"}', 1],
    ['gantry_rate_limited_total{limit="max_files"}', 2],
    ['gantry_http_request_duration_seconds_count{route="/mcp", status="200"}', 1],
    ['gantry_result_cache_lookups_total{outcome="hit"}', 1],
    ['gantry_result_cache_lookups_total{outcome="miss"}', 1],
    ['gantry_artifacts_total', 1],
    ['gantry_artifact_bytes_total', 5],
    ['gantry_artifacts_omitted_total{reason="not_a_regular_file"}', 1],
    ['gantry_images_provided_total{source="built"}', 1],
    ['gantry_image_jobs_total{reason="built"}', 1],
    ['gantry_tenant_running', 0],
    ['gantry_executions_running', 0],
    ['gantry_queue_jobs', 0],
    ['gantry_workers{state="ready"}', 2],
  ])('%s is %d', async (series, value) => {
    await eventually(async () => {
      const [sum] = await prometheus.query(`sum(${series})`);
      expect(Number(sum?.value?.[1])).toBe(value);
    });
  });

  const targets = loadDashboards().flatMap((dashboard) =>
    askingPanels(dashboard).flatMap((panel) =>
      panel.targets.map((target): [string, PanelTarget] => [
        `${dashboard.title} / ${panel.title} ${target.refId}`,
        target,
      ]),
    ),
  );
  test.each(targets)('%s shows something', async (_name, target) => {
    const expression = filledIn(target);
    const answer = (): Promise<Series[]> =>
      target.instant ? prometheus.query(expression) : prometheus.queryRange(expression, RANGE_SECONDS);
    await eventually(async () => expect((await answer()).filter(hasNumber).length).toBeGreaterThan(0));
    // A zero for what is not there counts only when it could have been there.
    for (const { name } of selectionsOf(expression))
      expect([name, (await prometheus.query(`count(last_over_time(${name}[5m]))`)).length]).toEqual([name, 1]);
  });
});

test('promtool accepts the configuration and the rules, and the tests of the rules pass', async () => {
  const folder = 'deploy/prometheus';
  const config = await promtool(['check', 'config', '--syntax-only', `${folder}/prometheus.yml`]);
  expect(config).toMatchObject({ code: 0 });
  const rules = await promtool(['check', 'rules', `${folder}/rules/alerts.yml`, `${folder}/rules/recording.yml`]);
  expect(rules).toMatchObject({ code: 0 });
  const tests = [`${folder}/tests/alerts.test.yml`, `${folder}/tests/recording.test.yml`];
  const tested = await promtool(['test', 'rules', ...tests]);
  expect([tested.code, tested.said.includes('FAILED')]).toEqual([0, false]);
});
