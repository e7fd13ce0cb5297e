import { describe, expect, test } from '@jest/globals';
import { composeStack, containersOfService, execIn, onlyContainer, serviceOf } from '../support/compose.js';

const stack = composeStack();
const SERVICES = ['egress-guard', 'engine-proxy', 'gateway', 'prometheus', 'redis', 'worker', 'worker'];
const running = async () => (await containersOfService(stack)).filter(({ State }) => State.Running);

describe('the containers of the compose stack', () => {
  test('are these, each with limits, restarted when it ends, with a log that does not fill the disk', async () => {
    const containers = await running();
    expect(containers.map(serviceOf).sort()).toEqual(SERVICES);
    for (const { HostConfig: host } of containers) {
      expect(host.Memory).toBeGreaterThan(0);
      expect(host.NanoCpus).toBeGreaterThan(0);
      expect(host.PidsLimit).toBeGreaterThan(0);
      expect(host.RestartPolicy?.Name).toBe('unless-stopped');
      expect(host.LogConfig).toMatchObject({ Type: 'json-file', Config: { 'max-file': '3', 'max-size': '10m' } });
    }
  });

  test('can neither write to their own file system nor gain a right', async () => {
    for (const { HostConfig: host } of await running()) {
      expect(host).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ['ALL'] });
      expect(host.SecurityOpt).toContain('no-new-privileges:true');
    }
  });

  test('have only the capabilities that are listed here', async () => {
    const kept = (await running()).map((container) => [serviceOf(container), container.HostConfig.CapAdd ?? []]);
    expect(Object.fromEntries(kept)).toEqual({
      'egress-guard': ['NET_ADMIN'],
      'engine-proxy': ['SETGID', 'SETUID'],
      gateway: [],
      prometheus: [],
      redis: [],
      worker: [],
    });
  });

  test('of ours run as an ordinary user, and have no shell to offer', async () => {
    for (const service of ['gateway', 'worker', 'engine-proxy']) {
      const [container] = await containersOfService(stack, service);
      if (!container) throw new Error(`no ${service}`);
      const status = await execIn(stack, container, ['node', '-p', 'fs.readFileSync("/proc/1/status", "utf8")']);
      expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
      expect(status).toMatch(/^CapEff:\t0{16}$/m);
      expect(await execIn(stack, container, ['sh', '-c', 'true'])).toMatch(/not found/);
    }
  });

  test('but for the engine proxy do not have the socket of the engine', async () => {
    const socket = stack.settings['DOCKER_SOCKET'];
    const holders = (await containersOfService(stack)).filter(({ Mounts }) =>
      Mounts.some(({ Source }) => Source === socket),
    );
    expect(holders.map(serviceOf)).toEqual(['engine-proxy']);
  });

  test('are published on the loopback address alone, and only two of them', async () => {
    const published = (await running()).flatMap((container) =>
      Object.values(container.HostConfig.PortBindings as Record<string, { HostIp: string }[]>).flatMap((bindings) =>
        bindings.map(({ HostIp }) => [serviceOf(container), HostIp]),
      ),
    );
    expect(published.sort(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ['gateway', '127.0.0.1'],
      ['prometheus', '127.0.0.1'],
    ]);
  });
});

test('who operates the stack finds the command line, with its key, in the gateway’s container', async () => {
  const gateway = await onlyContainer(stack, 'gateway');
  const { workers } = JSON.parse(await execIn(stack, gateway, ['node', 'gantry', 'workers', '--json'])) as {
    workers: { state: string }[];
  };
  expect(workers.map(({ state }) => state)).toEqual(['ready', 'ready']);
});

describe('the secrets of the compose stack', () => {
  test('are random, and known to nobody who lists containers', async () => {
    const redis = await onlyContainer(stack, 'redis');
    const password = (await execIn(stack, redis, ['cat', '/run/gantry/password'])).trim();
    expect(password).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(await containersOfService(stack))).not.toContain(password);
    expect(await execIn(stack, redis, ['cat', '/proc/1/cmdline'])).not.toContain(password);
  });

  test('reach only those who need them', async () => {
    const readers = new Map<string, string[]>();
    for (const container of await running())
      for (const { Name } of container.Mounts)
        if (Name?.endsWith('-secrets'))
          readers.set(Name.replace(`${stack.settings['DEPLOYMENT']}_`, ''), [
            ...(readers.get(Name.replace(`${stack.settings['DEPLOYMENT']}_`, '')) ?? []),
            serviceOf(container),
          ]);
    expect(Object.fromEntries(readers)).toEqual({
      'gateway-secrets': ['gateway'],
      'queue-secrets': ['gateway', 'worker', 'worker'],
      'redis-secrets': ['redis'],
    });
  });

  test('keep Redis closed to who does not have the password', async () => {
    const redis = await onlyContainer(stack, 'redis');
    expect(await execIn(stack, redis, ['redis-cli', 'ping'])).toContain('NOAUTH');
    const ask =
      'export REDISCLI_AUTH=$(cat /run/gantry/password); for name in appendonly maxmemory-policy maxmemory; do redis-cli --raw config get $name; done';
    const settings = (await execIn(stack, redis, ['sh', '-c', ask])).trim().split('\n');
    expect(settings).toEqual([
      'appendonly',
      'yes',
      'maxmemory-policy',
      'noeviction',
      'maxmemory',
      String(2 * 1024 ** 3),
    ]);
  });
});
