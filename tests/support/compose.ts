import Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { Api } from './api.js';
import { dockerHost } from './requirements.js';

/** The compose stack that scripts/lib/compose-stack.mjs has brought up: its settings, its containers, its API. */
export interface ComposeStack {
  settings: Record<string, string>;
  api: Api;
  docker: Docker;
  prometheusUrl: string;
}

export function composeStack(): ComposeStack {
  const text = process.env['GANTRY_COMPOSE'];
  if (!text) throw new Error('GANTRY_COMPOSE is not set; run these tests by "node scripts/compose-test.mjs"');
  const settings = JSON.parse(text) as Record<string, string>;
  return {
    settings,
    api: new Api(`http://127.0.0.1:${settings['GATEWAY_PORT']}`),
    docker: new Docker({ socketPath: dockerHost().replace(/^unix:\/\//, ''), host: undefined }),
    prometheusUrl: `http://127.0.0.1:${settings['PROMETHEUS_PORT']}`,
  };
}

/** Containers of the stack, ended ones too, by the name of their service; sorted by name. */
export async function containersOfService(stack: ComposeStack, service?: string): Promise<ContainerInspectInfo[]> {
  const label = [`com.docker.compose.project=${stack.settings['DEPLOYMENT']}`];
  if (service !== undefined) label.push(`com.docker.compose.service=${service}`);
  const found = await stack.docker.listContainers({ all: true, filters: { label } });
  const all = await Promise.all(found.map(({ Id }) => stack.docker.getContainer(Id).inspect()));
  return all.sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

export const serviceOf = (container: ContainerInspectInfo): string =>
  container.Config.Labels['com.docker.compose.service'] ?? '';

/** The one container of a service. */
export async function onlyContainer(stack: ComposeStack, service: string): Promise<ContainerInspectInfo> {
  const [container, ...others] = await containersOfService(stack, service);
  if (!container || others.length > 0) throw new Error(`${service} does not have exactly one container`);
  return container;
}

/** Every address that a container has. */
export const addressesOf = (container: ContainerInspectInfo): string[] =>
  Object.values(container.NetworkSettings.Networks)
    .map((network) => network.IPAddress)
    .filter((address) => address !== '');

/** What a command in a container wrote to both streams. */
export async function execIn(stack: ComposeStack, container: ContainerInspectInfo, command: string[]): Promise<string> {
  const exec = await stack.docker
    .getContainer(container.Id)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString().replaceAll('\r\n', '\n');
}
