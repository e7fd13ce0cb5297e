import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from './support/process.js';

// The arrows: apps → adapters → core → contracts. Project references do not stop a wrong one, so this does.
const ADAPTERS = ['queue', 'storage', 'sandbox', 'runtimes', 'service'];
const MAY_IMPORT: Record<string, readonly string[]> = {
  'libs/contracts': [],
  'libs/core': ['contracts'],
  ...Object.fromEntries(ADAPTERS.map((name) => [`libs/${name}`, ['contracts', 'core']])),
  'libs/client': ['contracts'],
  'apps/gateway': ['contracts', 'core', 'queue', 'storage', 'runtimes', 'service'],
  'apps/worker': ['contracts', 'core', ...ADAPTERS],
  'apps/up': ['gateway', 'worker', 'service'],
  'apps/cli': ['client', 'contracts'],
  'apps/engine-proxy': ['contracts', 'core', 'sandbox', 'service'],
};
/** What others may import beside a package's index. This one is without the engine's client. */
const PUBLIC_PARTS = ['@gantry/sandbox/profile'];
const VENDOR_OWNERS: Record<string, readonly string[]> = {
  bullmq: ['libs/queue'],
  '@bull-board/api': ['libs/queue'],
  '@bull-board/express': ['libs/queue'],
  ioredis: ['libs/queue', 'libs/storage'],
  '@aws-sdk/client-s3': ['libs/storage'],
  '@fastify/busboy': ['apps/gateway'],
  dockerode: ['libs/sandbox'],
  express: ['apps/gateway'],
  'ipaddr.js': ['apps/gateway'],
  pino: ['libs/service'],
  '@opentelemetry/api': ['libs/service'],
  '@opentelemetry/core': ['libs/service'],
  '@opentelemetry/exporter-trace-otlp-http': ['libs/service'],
  '@opentelemetry/exporter-trace-otlp-proto': ['libs/service'],
  '@opentelemetry/resources': ['libs/service'],
  '@opentelemetry/sdk-trace': ['libs/service'],
  'prom-client': ['libs/service'],
  commander: ['apps/cli'],
  'cli-progress': ['apps/cli'],
};

interface SourceFile {
  file: string;
  text: string;
  imports: string[];
}

function sourcesOf(directory: string): SourceFile[] {
  const entries = readdirSync(path.join(ROOT, directory), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => {
      const text = readFileSync(file, 'utf8');
      const imports = [
        ...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
      ];
      return {
        file: path.relative(ROOT, file),
        text,
        imports: imports.map((match) => match[1] ?? match[2] ?? match[3] ?? ''),
      };
    });
}

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const isTest = (file: string): boolean => file.endsWith('.test.ts');

describe('architecture', () => {
  const packages = ['libs', 'apps'].flatMap((group) =>
    readdirSync(path.join(ROOT, group)).map((name) => `${group}/${name}`),
  );

  test('every package has its place in the picture', () => {
    expect([...packages].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  test.each(packages)('%s imports only what it may, and only what its package.json lists', (name) => {
    const manifest = JSON.parse(readFileSync(path.join(ROOT, name, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const listed = new Set([
      ...Object.keys(manifest['dependencies'] ?? {}),
      ...Object.keys(manifest['devDependencies'] ?? {}),
    ]);
    const sources = sourcesOf(`${name}/src`);
    expect(sources.length).toBeGreaterThan(0);
    const faults: string[] = [];
    for (const { file, imports } of sources.filter((source) => !isTest(source.file))) {
      for (const specifier of imports) {
        if (specifier.startsWith('.')) {
          const target = path.relative(ROOT, path.resolve(ROOT, path.dirname(file), specifier));
          if (!target.startsWith(`${name}/src/`)) faults.push(`${file} reaches into ${target}`);
          continue;
        }
        if (specifier.startsWith('node:')) continue;
        const wanted = packageName(specifier);
        if (!listed.has(wanted)) faults.push(`${file} imports ${wanted}, which package.json does not list`);
        const ours = /^@gantry\/(.+)$/.exec(wanted)?.[1];
        if (ours !== undefined && !MAY_IMPORT[name]?.includes(ours))
          faults.push(`${file} imports ${wanted} against the arrows`);
        if (ours !== undefined && specifier !== wanted && !PUBLIC_PARTS.includes(specifier))
          faults.push(`${file} imports ${specifier}: only tests import more than a package's index`);
        const owners = VENDOR_OWNERS[wanted];
        if (owners && !owners.includes(name)) faults.push(`${file} imports ${wanted}, which ${owners.join(', ')} owns`);
      }
    }
    expect(faults).toEqual([]);
  });

  test('the environment is read in main.ts only', () => {
    const readers = packages
      .flatMap((name) => sourcesOf(`${name}/src`))
      .filter(({ file, text }) => !isTest(file) && /\bprocess\.env\b/.test(text))
      .map(({ file }) => file)
      .filter((file) => !file.endsWith('/main.ts'));
    expect(readers).toEqual([]);
  });

  test('one engine client: nothing outside the sandbox package names the engine socket library', () => {
    const gateway = sourcesOf('apps/gateway/src').filter(
      ({ text }) => text.includes('@gantry/sandbox') || text.includes('docker.sock'),
    );
    expect(gateway.map(({ file }) => file)).toEqual([]);
  });
});
