import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { assemble, readManifests } from '../support/kubernetes/assemble.js';
import { clusterFaults } from '../support/kubernetes/cluster-faults.js';
import { schemaFaults } from '../support/kubernetes/schema-faults.js';
import type { Manifest } from '../support/kubernetes/manifest.js';
import { ROOT } from '../support/process.js';

const directory = path.join(ROOT, 'deploy/k8s');
const assembled = (name: string): Manifest[] => assemble(path.join(directory, name));
/** With all that may be applied on top. */
const whole = (overlay: string): Manifest[] => [
  ...assembled(`overlays/${overlay}`),
  ...assembled('keda'),
  ...assembled('monitoring'),
];

describe('deploy/k8s', () => {
  test.each(['rootless-dind', 'sysbox', 'node-engine'])('%s is sound', (overlay) => {
    const manifests = whole(overlay);
    expect(clusterFaults(manifests)).toEqual([]);
    expect(new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(manifests.length);
    expect(manifests.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'gantry')).toEqual(
      [],
    );
  });

  test('the example of an ingress leads to a port of the gateway and does not buffer event streams', () => {
    const ingress = readManifests(path.join(directory, 'ingress.example.yaml'));
    expect(ingress.flatMap(schemaFaults)).toEqual([]);
    const text = JSON.stringify(ingress);
    expect(text).toContain('"service":{"name":"gantry-gateway","port":{"name":"http"}}');
    expect(text).toContain('proxy-buffering":"off"');
  });

  test('workers are counted by the keys of this deployment, one for each as many as it has slots', () => {
    const manifests = whole('sysbox');
    const [shared, worker] = ['gantry-shared', 'gantry-worker'].map(
      (name) => manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {},
    );
    const scaled = manifests.find(({ kind }) => kind === 'ScaledObject')?.spec as { triggers: { metadata: object }[] };
    for (const { metadata } of scaled.triggers)
      expect(metadata).toMatchObject({
        listName: expect.stringMatching(`^\\{${shared?.['DEPLOYMENT']}\\}:(queued|running)$`) as unknown,
        listLength: worker?.['WORKER_CONCURRENCY'],
      });
  });

  test('its secret has what the documentation tells to put into it', () => {
    const page = readFileSync(path.join(ROOT, 'docs/scaling.md'), 'utf8');
    const told = new Set([...page.matchAll(/--from-(?:literal|file)=([a-z-]+)=/g)].map((match) => match[1] ?? ''));
    const used = new Set(
      [...JSON.stringify(whole('sysbox')).matchAll(/"key":"([a-z-]+)"/g)].map((match) => match[1] ?? ''),
    );
    expect([...used].sort()).toEqual([...told].sort());
  });

  // Each of these is found: what is not listed as a fault was looked at.
  test.each<[string, [search: string, replacement: string], RegExp]>([
    [
      'a misspelt field',
      ['"readOnlyRootFilesystem"', '"readonlyRootFilesystem"'],
      /readonlyRootFilesystem is no field/,
    ],
    ['a misspelt field of the pod', ['"hostUsers"', '"hostUser"'], /hostUser is no field/],
    ['a wrong type', ['"containerPort":8000', '"containerPort":"8000"'], /containerPort must be integer/],
    ['a wrong kind', ['"kind":"PodDisruptionBudget"', '"kind":"DisruptionBudget"'], /there is no DisruptionBudget/],
    ['a misspelt field of KEDA', ['"pollingInterval"', '"polingInterval"'], /polingInterval is no field/],
    [
      'a missing target of KEDA',
      ['"kind":"StatefulSet","name":"gantry-worker"', '"kind":"StatefulSet","name":"w"'],
      /no StatefulSet w/,
    ],
    [
      'a selector beside its pods',
      [
        '"selector":{"matchLabels":{"app.kubernetes.io/name":"gantry"',
        '"selector":{"matchLabels":{"app.kubernetes.io/name":"x"',
      ],
      /selector does not match/,
    ],
    [
      'a service without pods',
      [
        '"selector":{"app.kubernetes.io/name":"gantry","app.kubernetes.io/component":"gateway"}',
        '"selector":{"app.kubernetes.io/name":"gantry","app.kubernetes.io/component":"gate"}',
      ],
      /Service gantry-gateway: selects no pod/,
    ],
    [
      'a policy without pods',
      [
        '"podSelector":{"matchLabels":{"app.kubernetes.io/name":"gantry","app.kubernetes.io/component":"worker"}},"policyTypes"',
        '"podSelector":{"matchLabels":{"app.kubernetes.io/component":"w"}},"policyTypes"',
      ],
      /NetworkPolicy worker: is about no pod/,
    ],
    [
      'a policy that lets in nobody',
      [
        '"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/name":"gantry"',
        '"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/name":"x"',
      ],
      /names pods that do not exist/,
    ],
    [
      'a policy to a port that is not there',
      [
        '"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/name":"gantry","app.kubernetes.io/component":"redis"}}}],"ports":[{"protocol":"TCP","port":6379}',
        '"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/name":"gantry","app.kubernetes.io/component":"redis"}}}],"ports":[{"protocol":"TCP","port":6380}',
      ],
      /gantry-redis has no port 6380/,
    ],
    ['an unknown variable', ['"WORKER_CONCURRENCY"', '"WORKER_CONCURENCY"'], /WORKER_CONCURENCY is a variable of none/],
    [
      'an unknown variable of one container',
      ['"name":"WORKER_ID"', '"name":"WORKER_NAME"'],
      /worker: WORKER_NAME is no variable/,
    ],
    [
      'a value that is refused',
      ['"WORKER_CONCURRENCY":"4"', '"WORKER_CONCURRENCY":"four"'],
      /WORKER_CONCURRENCY: must be a whole number/,
    ],
    [
      'a secret that is not mounted',
      ['"value":"/run/secrets/gantry/admin-keys"', '"value":"/run/secrets/admin-keys"'],
      /ADMIN_KEYS_FILE: nothing is mounted/,
    ],
    [
      'a gateway that serves everybody',
      [',{"name":"ADMIN_KEYS_FILE","value":"/run/secrets/gantry/admin-keys"}', ''],
      /HOST: 0\.0\.0\.0 is reachable/,
    ],
    [
      'a config map that is not there',
      ['"configMapRef":{"name":"gantry-limits"}', '"configMapRef":{"name":"limits"}'],
      /there is no config map limits/,
    ],
    ['a port without a process', ['"ADMIN_PORT":"9465"', '"ADMIN_PORT":"9470"'], /no process listens on 9465/],
    ['a Redis on another port', ['--port 6379', '--port 6380'], /no process listens on 6379/],
    [
      'a probe without a port',
      ['"path":"/healthz","port":"health"', '"path":"/healthz","port":"http"'],
      /worker: a probe asks port http/,
    ],
    [
      'a volume that is not there',
      ['"mountPath":"/data"', '"mountPath":"/data","name":"date"'],
      /there is no volume date/,
    ],
    [
      'a grace that cuts executions',
      ['"SHUTDOWN_GRACE_SECONDS":"1230"', '"SHUTDOWN_GRACE_SECONDS":"600"'],
      /shorter than the longest execution/,
    ],
    [
      'a pod that is killed too early',
      ['"terminationGracePeriodSeconds":1290', '"terminationGracePeriodSeconds":1200'],
      /is killed within its grace/,
    ],
    ['a container as root', ['"readOnlyRootFilesystem":true,', ''], /readOnlyRootFilesystem is not set/],
  ])('%s is a fault', (_, [search, replacement], fault) => {
    const text = JSON.stringify(whole('rootless-dind'));
    expect(text).toContain(search);
    const faults = clusterFaults(JSON.parse(text.replace(search, replacement)) as Manifest[]);
    expect(faults.join('\n')).toMatch(fault);
    expect(faults).not.toEqual([]);
  });
});
