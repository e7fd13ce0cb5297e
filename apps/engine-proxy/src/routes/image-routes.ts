import { BUILD_LABEL, IMAGE_LABEL } from '@gantry/sandbox/profile';
import { checkedContext } from '../build-context.js';
import { readBody } from '../http/read-body.js';
import { checkBuild } from '../policy/build-query.js';
import { basesOf } from '../policy/dockerfile.js';
import { imageFilters } from '../policy/filters.js';
import { joined, type ReferenceKind, referenceKind } from '../policy/image-reference.js';
import { forbidden, invisible } from '../policy/refusal.js';
import { parameters } from '../policy/request-target.js';
import { type Call, MAX_IGNORED_BYTES, type Plan, type Route, type RouteDeps } from './route.js';

export const IMAGE_ROUTES: readonly Route[] = [
  { name: 'build', method: 'POST', path: /^\/build$/, plan: build },
  { name: 'image_list', method: 'GET', path: /^\/images\/json$/, plan: list },
  { name: 'image_pull', method: 'POST', path: /^\/images\/create$/, plan: pull },
  { name: 'image_inspect', method: 'GET', path: /^\/images\/(.+)\/json$/, plan: inspect },
  { name: 'image_tag', method: 'POST', path: /^\/images\/(.+)\/tag$/, plan: tag },
  { name: 'image_push', method: 'POST', path: /^\/images\/(.+)\/push$/, plan: push },
  { name: 'image_remove', method: 'DELETE', path: /^\/images\/(.+)$/, plan: remove },
];

interface InspectedImage {
  Config?: { Labels?: Record<string, string> | null; OnBuild?: string[] | null } | null;
  RepoTags?: string[] | null;
}

/** The name in a call, if it stands for one of these. */
function referenceOf({ policy }: RouteDeps, reference: string, kinds: readonly ReferenceKind[], doing: string): string {
  const kind = referenceKind(policy, reference);
  if (kind !== null && kinds.includes(kind)) return reference;
  throw forbidden(`${reference.slice(0, 200)} is no image to ${doing}`);
}

async function build(deps: RouteDeps, { request, query, signal }: Call): Promise<Plan> {
  const checked = checkBuild(deps.policy, query);
  const { content, dockerfile, fault } = await checkedContext(request, deps.policy);
  try {
    await checkBases(deps, dockerfile, signal);
  } catch (error) {
    content.destroy();
    throw error;
  }
  const headers = { 'content-type': 'application/x-tar' };
  return { send: { method: 'POST', path: '/build', query: checked, headers, body: content }, fault };
}

/** A base that is not there the engine would take for a name, and fetch. Instructions that a base brings (ONBUILD) it carries out unseen by us. */
async function checkBases({ engine }: RouteDeps, dockerfile: string, signal: AbortSignal): Promise<void> {
  for (const id of basesOf(dockerfile)) {
    const { status, body } = await engine.ask({ method: 'GET', path: `/images/${id}/json` }, signal);
    if (status === 404) throw invisible(`No such image: ${id}`);
    if (body === null) throw new Error(`the engine answers ${status} when it is asked for an image`);
    if (((body as InspectedImage).Config?.OnBuild ?? []).length > 0)
      throw forbidden(`the base ${id} brings instructions of its own (ONBUILD)`);
  }
}

function list(_deps: RouteDeps, { query }: Call): Plan {
  const { filters } = parameters(query, ['filters']);
  return { send: { method: 'GET', path: '/images/json', query: { filters: imageFilters(filters) } } };
}

/** A client that looks for an image which is none of its business finds none. */
function inspect({ policy }: RouteDeps, { words: [reference = ''], query }: Call): Plan {
  parameters(query, []);
  if (referenceKind(policy, reference) === null)
    throw invisible(`No such image: ${reference.slice(0, 200)} (or it is none of ours)`);
  return { send: { method: 'GET', path: `/images/${reference}/json` } };
}

async function tag(deps: RouteDeps, { words: [from = ''], query, request }: Call): Promise<Plan> {
  const { repo = '', tag: version = '' } = parameters(query, ['repo', 'tag']);
  await readBody(request, MAX_IGNORED_BYTES);
  referenceOf(deps, from, ['own', 'id'], 'tag');
  referenceOf(deps, joined(repo, version), ['own', 'registry'], 'tag another as');
  return { send: { method: 'POST', path: `/images/${from}/tag`, query: { repo, tag: version } } };
}

async function pull(deps: RouteDeps, { query, request }: Call): Promise<Plan> {
  const { fromImage = '', tag: version = '' } = parameters(query, ['fromImage', 'tag']);
  await readBody(request, MAX_IGNORED_BYTES);
  const reference = joined(fromImage, version);
  // A base without a tag is `latest` to the client.
  const { bases: allowed, executor } = deps.policy.images;
  const bases = allowed.filter((base) => base !== executor).flatMap((base) => [base, `${base}:latest`]);
  if (!bases.includes(reference)) referenceOf(deps, reference, ['registry', 'base'], 'pull');
  const path = '/images/create';
  return { send: { method: 'POST', path, query: { fromImage, tag: version }, headers: credentials(request.headers) } };
}

async function push(deps: RouteDeps, { words: [reference = ''], query, request }: Call): Promise<Plan> {
  parameters(query, []);
  await readBody(request, MAX_IGNORED_BYTES);
  referenceOf(deps, reference, ['registry'], 'push');
  return { send: { method: 'POST', path: `/images/${reference}/push`, headers: credentials(request.headers) } };
}

function credentials(headers: Call['request']['headers']): Record<string, string> {
  const given = headers['x-registry-auth'];
  return typeof given === 'string' && /^[A-Za-z0-9+/=_-]{1,8192}$/.test(given) ? { 'x-registry-auth': given } : {};
}

/** Names in the registry are only passing through here. Of other images those go that this deployment, or a build that failed, has made. */
async function remove(deps: RouteDeps, { words: [reference = ''], query, signal }: Call): Promise<Plan> {
  parameters(query, []);
  referenceOf(deps, reference, ['own', 'registry', 'id'], 'remove');
  const path = `/images/${reference}`;
  if (referenceKind(deps.policy, reference) === 'registry') return { send: { method: 'DELETE', path } };
  const { status, body } = await deps.engine.ask({ method: 'GET', path: `${path}/json` }, signal);
  if (status === 404) throw invisible(`No such image: ${reference}`);
  if (body === null) throw new Error(`the engine answers ${status} when it is asked for an image`);
  const { Config, RepoTags } = body as InspectedImage;
  const labels = Config?.Labels ?? {};
  const isOwn = labels[IMAGE_LABEL.deployment] === deps.policy.deployment;
  const isLeftover = labels[BUILD_LABEL] === '1' && (RepoTags ?? []).length === 0;
  if (referenceKind(deps.policy, reference) === 'own' ? isOwn : isLeftover) return { send: { method: 'DELETE', path } };
  throw forbidden(`${reference} was not made by deployment ${deps.policy.deployment}`);
}
