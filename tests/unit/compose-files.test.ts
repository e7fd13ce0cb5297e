import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { EngineProxyConfigSchema } from '../../apps/engine-proxy/src/config.js';
import { GatewayConfigSchema } from '../../apps/gateway/src/config.js';
import { WorkerConfigSchema } from '../../apps/worker/src/config.js';
import { ROOT } from '../support/process.js';

interface ComposeFile {
  services: Record<string, { image?: string; environment?: Record<string, string>; profiles?: string[] }>;
}
const text = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const FILES = ['docker-compose.yml', 'deploy/compose/network.yml', 'deploy/swarm/stack.yml'];
const compose = (name: string): ComposeFile => parse(text(name), { merge: true }) as ComposeFile;

const PROCESSES: Record<string, readonly string[]> = {
  gateway: Object.keys(GatewayConfigSchema.shape),
  worker: Object.keys(WorkerConfigSchema.shape),
  'engine-proxy': Object.keys(EngineProxyConfigSchema.shape),
};
/** Read by the command line in the gateway's image. */
const OF_THE_CLI = 'GANTRY_ADMIN_KEY';

describe.each(FILES)('%s', (file) => {
  test('gives our processes only variables that they know', () => {
    const known = new Set([...Object.values(PROCESSES).flat(), OF_THE_CLI]);
    const { services } = compose(file);
    const set = (service: string): string[] =>
      Object.keys(services[service]?.environment ?? {}).map((name) => name.replace(/_FILE$/, ''));
    for (const [service, own] of Object.entries(PROCESSES)) {
      const others = Object.keys(PROCESSES).filter((other) => other !== service && services[other]);
      // What is handed to all, so that they agree, need not matter to each.
      const alone = set(service).filter((name) => !others.every((other) => set(other).includes(name)));
      expect(set(service).filter((name) => !known.has(name))).toEqual([]);
      expect(alone.filter((name) => !own.includes(name) && name !== OF_THE_CLI)).toEqual([]);
    }
  });

  test('names only variables of the shell that docs/deployment.md tells of', () => {
    const page = text('docs/deployment.md');
    const taken = [...text(file).matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '');
    const shortened = (name: string): boolean => name.endsWith('_MEMORY') && page.includes('`…_MEMORY`');
    expect(taken.filter((name) => !page.includes(`\`${name}`) && !shortened(name))).toEqual([]);
  });
});

describe('deploy/offline', () => {
  test('has a stand-in, or a reason, for every image that a compose file or a Dockerfile names, and for no other', async () => {
    const { standIns, withoutStandIn } = (await import(
      pathToFileURL(path.join(ROOT, 'deploy/offline/stand-ins.mjs')).href
    )) as Record<'standIns' | 'withoutStandIn', Record<string, unknown>>;
    const images = FILES.flatMap((file) => Object.values(compose(file).services).map(({ image }) => image ?? ''));
    const bases = ['Dockerfile.worker', 'Dockerfile.executor'].flatMap((file) =>
      [...text(file).matchAll(/^ARG [A-Z_]+_IMAGE=(.+)$/gm)].map(([, image]) => image ?? ''),
    );
    const foreign = [...images, ...bases].filter((image) => !/^($|gantry\/|\$\{)/.test(image));
    expect([...new Set(foreign)].sort()).toEqual([...Object.keys(standIns), ...Object.keys(withoutStandIn)].sort());
  });

  test('tells of each in its README', () => {
    const readme = text('deploy/offline/README.md');
    for (const image of [
      'debian:bookworm-slim',
      'node:22-bookworm-slim',
      'redis:7-bookworm',
      'prom/prometheus',
      'grafana/grafana',
    ])
      expect(readme).toContain(`\`${image}`);
  });
});
