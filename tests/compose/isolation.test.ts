import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addressesOf, composeStack, containersOfService, onlyContainer } from '../support/compose.js';
import { eventually } from '../support/eventually.js';
import { OutsideHost } from '../support/outside-host.js';
import { ROOT } from '../support/process.js';

const stack = composeStack();
const REACH = readFileSync(path.join(ROOT, 'tests/programs/reach-addresses.py'), 'utf8');
const LISTEN = [
  'import socket',
  'server = socket.create_server(("0.0.0.0", 7000))',
  'probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
  'probe.connect(("192.88.99.2", 1))',
  'print(probe.getsockname()[0], flush=True)',
  'while True: server.accept()',
].join('\n');
const PORTS: Record<string, number[]> = {
  redis: [6379],
  gateway: [8000, 9465],
  worker: [9464],
  'engine-proxy': [9466],
  prometheus: [9090],
};

/** Which of the addresses a program in a sandbox with a network can connect to. */
async function reachedFromSandbox(addresses: readonly string[]): Promise<string[]> {
  const result = await stack.api.execute({
    language: 'python',
    code: REACH,
    input_data: addresses.join('\n'),
    resource_limits: { network_enabled: true, timeout_seconds: 60 },
  });
  expect(result).toMatchObject({ status: 'completed', limits: { network_enabled: true } });
  return (result.stdout ?? '').split('\n').filter(Boolean);
}

/** Of this machine, in all networks that it is in. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

function reachedFromHere(address: string): Promise<boolean> {
  const [host, port] = address.split(' ');
  return new Promise((resolve) => {
    const socket = connect({ host: host ?? '', port: Number(port), timeout: 3000 });
    const end = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.on('connect', end(true)).on('timeout', end(false)).on('error', end(false));
  });
}

describe('a sandbox with a network', () => {
  let outside: OutsideHost;
  let listener: Server;
  let listening: number;
  beforeAll(async () => {
    outside = await OutsideHost.start();
    listener = createServer((socket) => socket.destroy()).listen(0, '0.0.0.0');
    await once(listener, 'listening');
    listening = (listener.address() as AddressInfo).port;
  });
  afterAll(async () => {
    await new Promise((resolve) => listener.close(resolve));
    await outside[Symbol.asyncDispose]();
  });

  test('reaches what is outside', async () => {
    const address = `${outside.address} ${outside.port}`;
    expect(await reachedFromSandbox([address])).toEqual([address]);
  });

  test('reaches no process of the stack, at any of its addresses', async () => {
    const targets: string[] = [];
    for (const [service, ports] of Object.entries(PORTS))
      for (const container of await containersOfService(stack, service))
        for (const address of addressesOf(container)) targets.push(...ports.map((port) => `${address} ${port}`));
    expect(targets.length).toBeGreaterThanOrEqual(10);
    // They are there: from this machine every one of them answers.
    expect(await Promise.all(targets.map(reachedFromHere))).toEqual(targets.map(() => true));
    expect(await reachedFromSandbox(targets)).toEqual([]);
  });

  test('reaches nothing of this machine, at any of its addresses', async () => {
    const own = ownAddresses();
    expect(own).toContain(stack.settings['SANDBOX_GATEWAY']);
    const targets = own.flatMap((address) => [
      `${address} ${listening}`,
      `${address} ${stack.settings['GATEWAY_PORT']}`,
    ]);
    const listened = own.map((address) => `${address} ${listening}`);
    expect(await Promise.all(listened.map(reachedFromHere))).toEqual(own.map(() => true));
    const loopback = [listening, stack.settings['GATEWAY_PORT'], stack.settings['PROMETHEUS_PORT']];
    expect(await reachedFromSandbox([...targets, ...loopback.map((port) => `127.0.0.1 ${port}`)])).toEqual([]);
  });

  test('reaches no container that is published to everybody', async () => {
    const published = await stack.docker.createContainer({
      Image: 'redis:7-bookworm',
      ExposedPorts: { '6379/tcp': {} },
      HostConfig: { PortBindings: { '6379/tcp': [{ HostIp: '0.0.0.0', HostPort: '' }] } },
    });
    try {
      await published.start();
      const { NetworkSettings: network } = await published.inspect();
      const port = network.Ports['6379/tcp']?.[0]?.HostPort;
      const targets = ownAddresses().map((address) => `${address} ${port}`);
      targets.push(`${network.Networks['bridge']?.IPAddress} 6379`);
      await eventually(async () =>
        expect(await Promise.all(targets.map(reachedFromHere))).toEqual(targets.map(() => true)),
      );
      expect(await reachedFromSandbox(targets)).toEqual([]);
    } finally {
      await published.remove({ force: true, v: true });
    }
  });

  test('reaches a special address only where it is allowed', async () => {
    await using allowed = await OutsideHost.start('198.51.100', randomInt(32));
    await using refused = await OutsideHost.start('198.51.100', 32 + randomInt(32));
    const targets = [allowed, refused].map(({ address, port }) => `${address} ${port}`);
    expect(await Promise.all(targets.map(reachedFromHere))).toEqual([true, true]);
    expect(await reachedFromSandbox(targets)).toEqual([targets[0]]);
  });

  test('reaches no other sandbox', async () => {
    const id = await stack.api.submit({
      language: 'python',
      code: LISTEN,
      resource_limits: { network_enabled: true, timeout_seconds: 60 },
    });
    const address = await eventually(async () => {
      const { body } = await stack.api.call<{ logs: string[] }>('GET', `/executions/${id}/progress`);
      expect(body.logs.join('')).toMatch(/^10\.214\.\d+\.\d+\n$/);
      return `${body.logs.join('').trim()} 7000`;
    }, 20_000);
    // It listens: this machine itself may connect.
    expect(await reachedFromHere(address)).toBe(true);
    expect(await reachedFromSandbox([address])).toEqual([]);
    await stack.api.call('DELETE', `/executions/${id}`);
  });

  test('has no IPv6 that could lead anywhere', async () => {
    const result = await stack.api.execute({
      language: 'bash',
      code: 'cat /proc/net/if_inet6 2>/dev/null; echo end',
      resource_limits: { network_enabled: true },
    });
    expect(result.stdout).toBe('end\n');
  });

  test('has no network at all while the guard is away', async () => {
    const address = `${outside.address} ${outside.port}`;
    const guard = stack.docker.getContainer((await onlyContainer(stack, 'egress-guard')).Id);
    await guard.stop();
    expect(await reachedFromSandbox([address, `${stack.settings['SANDBOX_GATEWAY']} ${listening}`])).toEqual([]);
    await guard.start();
    await eventually(async () => expect(await reachedFromSandbox([address])).toEqual([address]), 20_000, 500);
  });
});

test('a sandbox without a network reaches nothing', async () => {
  const result = await stack.api.execute({
    language: 'python',
    code: REACH,
    input_data: `${stack.settings['SANDBOX_GATEWAY']} ${stack.settings['GATEWAY_PORT']}\n${stack.settings['SANDBOX_GATEWAY']} 53`,
  });
  expect(result).toMatchObject({ status: 'completed', stdout: '\n', limits: { network_enabled: false } });
});
