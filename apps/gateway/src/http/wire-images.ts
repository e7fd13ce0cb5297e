import {
  AppError,
  canonicalImageName,
  contentBytes,
  isPackageManager,
  isTerminal,
  parsePackage,
  type CreateImageRequest,
  type CreateImageView,
  type FieldFault,
  type ImageJobRecord,
  type ImageRecord,
  type ImageSummary,
  type ImageView,
  type InstallPackageRequest,
  type InstallPackageView,
  type JobSummary,
  type JobView,
  type PackageManager,
  type WorkerStatus,
} from '@gantry/contracts';
import {
  type CreateImageOrder,
  type ImageOutcome,
  type InstallPackagesOrder,
  type OrderedPackage,
  type RuntimeCatalog,
} from '@gantry/core';

import { toWebhook, toWebhookView } from './wire-webhooks.js';

// Where the wire names of images, packages and their jobs meet our types.

const seconds = (ms: number): number => ms / 1000;
const isoTime = (ms: number): string => new Date(ms).toISOString();

interface Sender {
  tenant: string;
  idempotencyKey: string | null;
  /** All that the tenant may keep. */
  storageBytes?: number | null;
}

export function toCreateOrder(body: CreateImageRequest, sender: Sender, runtimes: RuntimeCatalog): CreateImageOrder {
  return {
    ...sender,
    kind: 'create',
    languages: body.languages,
    baseOs: body.base_os ?? null,
    packages: orderedPackages(body, runtimes),
    env: body.environment,
    dockerfile: body.custom_dockerfile ?? null,
    files: body.files.map(({ path, content, encoding }) => ({ path, content: contentBytes(content, encoding) })),
    name: body.image_name == null ? null : canonicalImageName(body.image_name),
    webhook: toWebhook(body.webhook),
  };
}

/** What `requirements`, `packages` and `system_packages` ask for, with where each stands. */
function orderedPackages(body: CreateImageRequest, runtimes: RuntimeCatalog): OrderedPackage[] {
  const faults: FieldFault[] = [];
  const ordered: OrderedPackage[] = [];
  const take = (manager: PackageManager, text: string, path: string): void => {
    const spec = parsePackage(manager, text);
    if (typeof spec === 'string') faults.push({ path, message: spec });
    else ordered.push({ spec, path });
  };
  for (const [key, wanted] of Object.entries(body.requirements)) {
    const at = `requirements.${key}`;
    const manager = managerOf(key, at, runtimes);
    if (typeof wanted !== 'string') wanted.forEach((text, i) => take(manager, text, `${at}[${i}]`));
    else for (const text of wanted.split(/\s+/).filter(Boolean)) take(manager, text, at);
  }
  for (const [manager, texts] of Object.entries(body.packages) as [PackageManager, string[]][]) {
    texts.forEach((text, i) => take(manager, text, `packages.${manager}[${i}]`));
  }
  body.system_packages.forEach((text, i) => take('apt', text, `system_packages[${i}]`));
  const first = faults[0];
  if (first) throw new AppError('invalid_request', `${first.path}: ${first.message}`, { fields: faults.slice(0, 20) });
  return ordered;
}

function managerOf(key: string, path: string, runtimes: RuntimeCatalog): PackageManager {
  if (isPackageManager(key)) return key;
  const manager = runtimes.resolve(key)?.packageManager ?? null;
  if (manager !== null) return manager;
  const message = 'must be a package manager (pip, npm, nuget, apt) or a language that has one';
  throw new AppError('invalid_request', `${path} ${message}`, { fields: [{ path, message }] });
}

export function toInstallOrder(body: InstallPackageRequest, sender: Sender): InstallPackagesOrder {
  const several = body.packages.map((text, i) => {
    const path = `packages[${i}]`;
    return { text, version: null, path, versionPath: path };
  });
  const { package_name: text, package_version: version = null } = body;
  const one = text == null ? [] : [{ text, version, path: 'package_name', versionPath: 'package_version' }];
  return {
    ...sender,
    kind: 'install',
    image: body.image_id ?? null,
    language: body.language,
    packages: [...one, ...several],
    inPlace: !body.build_new_image,
    name: body.image_name == null ? null : canonicalImageName(body.image_name),
    webhook: toWebhook(body.webhook),
  };
}

type Outcome = Omit<CreateImageView, 'image_id'>;

export function toCreateView(outcome: ImageOutcome): CreateImageView {
  return { ...toOutcome(outcome), image_id: imageIdOf(outcome) };
}

export function toInstallView(outcome: ImageOutcome): InstallPackageView {
  return { ...toOutcome(outcome), new_image_id: imageIdOf(outcome) };
}

function imageIdOf(outcome: ImageOutcome): string | null {
  return outcome.kind === 'ready' ? outcome.image.id : builtId(outcome.record);
}

function toOutcome(outcome: ImageOutcome): Outcome {
  if (outcome.kind === 'job') return jobOutcome(outcome.record);
  const { image, name } = outcome;
  return {
    success: true,
    image_name: name ?? image.names[0] ?? null,
    build_logs: [],
    error_message: null,
    failing_line: null,
    job_id: null,
    status: 'completed',
    reason: 'built',
    digest: image.digest,
    size_bytes: image.sizeBytes,
    layers_cached: null,
    layers_total: null,
    build_seconds: null,
    cached: true,
    installed: image.recipe.layers.flat(),
  };
}

function jobOutcome(record: ImageJobRecord): Outcome & { job_id: string } {
  const { id, result, request, status } = record;
  const lines = result?.log.text.split('\n') ?? [];
  return {
    success: status === 'completed',
    image_name: request.name,
    build_logs: lines.at(-1) === '' ? lines.slice(0, -1) : lines,
    error_message: result?.message ?? null,
    failing_line: result?.failingLine ?? null,
    job_id: id,
    status,
    reason: result?.reason ?? null,
    digest: result?.image?.digest ?? null,
    size_bytes: result?.image?.sizeBytes ?? null,
    layers_cached: result?.image?.layersCached ?? null,
    layers_total: result?.image?.layersTotal ?? null,
    build_seconds: result?.buildMs == null ? null : seconds(result.buildMs),
    cached: result?.image?.source === 'present',
    installed: result?.installed ?? [],
  };
}

function builtId({ status, request }: ImageJobRecord): string | null {
  return isTerminal(status) && status === 'completed' ? request.imageId : null;
}

export function toJobView(record: ImageJobRecord): JobView {
  return {
    ...jobOutcome(record),
    kind: record.request.kind,
    image_id: builtId(record),
    parent_image_id: record.request.parentId,
    attempt: record.attempt,
    worker: record.worker,
    created_at: isoTime(record.createdAt),
    started_at: record.startedAt === null ? null : isoTime(record.startedAt),
    finished_at: record.finishedAt === null ? null : isoTime(record.finishedAt),
    webhook: toWebhookView(record.webhook),
  };
}

export function toJobSummary(record: ImageJobRecord): JobSummary {
  const { build_logs: _lines, ...summary } = toJobView(record);
  return summary;
}

export function toImageSummary(image: ImageRecord, workers: readonly WorkerStatus[]): ImageSummary {
  const { recipe } = image;
  return {
    image_id: image.id,
    image_name: image.names[0] ?? null,
    names: image.names,
    languages: recipe.runtimes.map(({ name }) => name),
    base_os: recipe.base ?? 'debian:bookworm-slim',
    packages: recipe.layers.flat(),
    created_at: isoTime(image.createdAt),
    last_used_at: isoTime(image.lastUsedAt),
    digest: image.digest,
    size_bytes: image.sizeBytes,
    ready: workersWith(image.id, workers).length > 0,
  };
}

export function toImageView(image: ImageRecord, workers: readonly WorkerStatus[], uses: number): ImageView {
  return {
    ...toImageSummary(image, workers),
    ready_on: workersWith(image.id, workers),
    in_use: uses,
    recipe: { ...image.recipe },
  };
}

function workersWith(id: string, workers: readonly WorkerStatus[]): string[] {
  return workers.filter(({ engine, images }) => engine.available && images.includes(id)).map((worker) => worker.id);
}
