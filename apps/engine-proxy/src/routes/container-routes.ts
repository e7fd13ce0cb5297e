import { INIT_PATH, INSTALLED_PATH } from '@gantry/sandbox/profile';
import { readBody } from '../http/read-body.js';
import type { OwnContainer } from '../own-containers.js';
import { canonicalJson } from '../policy/canonical-json.js';
import type { ContainerKind } from '../policy/container-kind.js';
import { checkCreate } from '../policy/create-body.js';
import { containerFilters } from '../policy/filters.js';
import { referenceKind } from '../policy/image-reference.js';
import { forbidden } from '../policy/refusal.js';
import { exactly, parameters } from '../policy/request-target.js';
import { type Call, MAX_IGNORED_BYTES, type Plan, type Route, type RouteDeps } from './route.js';

/** Ours are 15 KiB, most of it the seccomp filter. */
const MAX_CREATE_BYTES = 128 * 1024;
const TRUE = ['true', '1'];
const BOOLEAN = ['true', 'false', '1', '0'];

export const CONTAINER_ROUTES: readonly Route[] = [
  { name: 'create', method: 'POST', path: /^\/containers\/create$/, plan: create },
  { name: 'list', method: 'GET', path: /^\/containers\/json$/, plan: list },
  { name: 'inspect', method: 'GET', path: one('json'), plan: inspect },
  { name: 'start', method: 'POST', path: one('start'), plan: start },
  { name: 'kill', method: 'POST', path: one('kill'), plan: kill },
  { name: 'update', method: 'POST', path: one('update'), plan: update },
  { name: 'archive', method: 'GET', path: one('archive'), plan: archive },
  { name: 'remove', method: 'DELETE', path: /^\/containers\/([A-Za-z0-9][A-Za-z0-9_.-]{0,127})$/, plan: remove },
];

/** A hijacked stream, which is no ordinary answer. */
export const ATTACH_PATH = one('attach');

function one(action: string): RegExp {
  return new RegExp(`^/containers/([A-Za-z0-9][A-Za-z0-9_.-]{0,127})/${action}$`);
}

/** The container of a call, if one of its kind may be treated so. */
export async function containerOf(
  { containers }: RouteDeps,
  { words, signal }: Pick<Call, 'words' | 'signal'>,
  doing: string,
  kinds: readonly ContainerKind[],
): Promise<OwnContainer> {
  const found = await containers.find(words[0] ?? '', signal);
  if (kinds.includes(found.kind)) return found;
  throw forbidden(`containers of the kind ${found.kind} are not there to ${doing}`);
}

async function create(deps: RouteDeps, { request, query, signal }: Call): Promise<Plan> {
  const { policy, containers } = deps;
  const { name = null } = parameters(query, [], ['name']);
  const checked = checkCreate(policy, name, await readBody(request, MAX_CREATE_BYTES));
  const { body, kind } = checked;
  if (checked.needsOwnInit) await refuseOtherImages(deps, checked.imageId, signal);
  return {
    send: {
      method: 'POST',
      path: '/containers/create',
      query: name === null ? {} : { name },
      headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
      body,
    },
    look: (status, text) => {
      if (status === 201) containers.created((JSON.parse(text) as { Id: string }).Id, kind);
      return text;
    },
  };
}

/** Images that are made here could have anything in the init's place. None of them can take the name of the executor image. */
async function refuseOtherImages({ policy, engine }: RouteDeps, imageId: string, signal: AbortSignal): Promise<void> {
  const { executor } = policy.images;
  if (referenceKind(policy, executor) !== 'executor')
    throw forbidden(
      `tenants can't have containers of ${executor} (EXECUTOR_IMAGE), a name that workers may give to other images`,
    );
  const { body } = await engine.ask({ method: 'GET', path: `/images/${executor}/json` }, signal);
  if ((body as { Id?: unknown } | null)?.Id !== imageId)
    throw forbidden(`Image must be that of ${executor} (EXECUTOR_IMAGE) for a tenant's container`);
}

/** Builds' containers bear no label of a deployment, so ours are picked out of all. */
async function list({ policy, containers }: RouteDeps, { query, signal }: Call): Promise<Plan> {
  const given = parameters(query, [], ['all', 'filters']);
  exactly(given, { all: BOOLEAN });
  const { list: wanted, filters } = containerFilters(policy, given['filters']);
  const all = given['all'] ?? 'false';
  const send = { method: 'GET', path: '/containers/json', query: { all, filters } };
  if (wanted === 'own') return { send };
  return {
    send,
    look: async (status, text) => {
      if (status !== 200) return text;
      return JSON.stringify(await containers.only(JSON.parse(text) as { Id: string }[], signal));
    },
  };
}

async function inspect(deps: RouteDeps, call: Call): Promise<Plan> {
  const given = parameters(call.query, [], ['size']);
  exactly(given, { size: BOOLEAN });
  const { id } = await deps.containers.find(call.words[0] ?? '', call.signal);
  return { send: { method: 'GET', path: `/containers/${id}/json`, query: given } };
}

async function start(deps: RouteDeps, call: Call): Promise<Plan> {
  parameters(call.query, []);
  await readBody(call.request, 0);
  const { id } = await containerOf(deps, call, 'start', ['sandbox', 'lock']);
  return { send: { method: 'POST', path: `/containers/${id}/start` } };
}

async function kill(deps: RouteDeps, call: Call): Promise<Plan> {
  const given = parameters(call.query, ['signal']);
  exactly(given, { signal: ['SIGKILL'] });
  await readBody(call.request, MAX_IGNORED_BYTES);
  const { id } = await containerOf(deps, call, 'kill', ['sandbox']);
  return { send: { method: 'POST', path: `/containers/${id}/kill`, query: given } };
}

/** The one limit that the engine's builder can't be given in advance. */
async function update(deps: RouteDeps, call: Call): Promise<Plan> {
  parameters(call.query, []);
  const ceiling = deps.policy.builds.processes;
  const asked = canonicalJson(await readBody(call.request, MAX_IGNORED_BYTES)) as Record<string, unknown> | null;
  const processes = asked?.['PidsLimit'];
  const isFine = Number.isSafeInteger(processes) && Number(processes) >= 1 && Number(processes) <= ceiling;
  if (!isFine || Object.keys(asked ?? {}).length !== 1)
    throw forbidden(`an update may set PidsLimit, to 1 to ${ceiling} (BUILD_PROCESSES), and nothing else`);
  const { id } = await containerOf(deps, call, 'update', ['build']);
  const body = JSON.stringify({ PidsLimit: processes });
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  return { send: { method: 'POST', path: `/containers/${id}/update`, headers, body } };
}

/** Files of an image, from a container that never runs: what a program has made is never read this way. */
async function archive(deps: RouteDeps, call: Call): Promise<Plan> {
  const given = parameters(call.query, ['path']);
  exactly(given, { path: [INIT_PATH, INSTALLED_PATH] });
  const { id } = await containerOf(deps, call, 'read files of', ['look']);
  return { send: { method: 'GET', path: `/containers/${id}/archive`, query: given } };
}

async function remove(deps: RouteDeps, call: Call): Promise<Plan> {
  const given = parameters(call.query, [], ['force', 'v']);
  exactly(given, { force: TRUE, v: TRUE });
  const { id } = await deps.containers.find(call.words[0] ?? '', call.signal);
  return { send: { method: 'DELETE', path: `/containers/${id}`, query: given } };
}
