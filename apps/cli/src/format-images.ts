import { packageText, type ImageSummary, type ImageView, type JobView, type PackageView } from '@gantry/contracts';
import type { ImageEnd } from './build-image.js';
import { formatFacts } from './format-views.js';
import { formatBytes, formatSeconds, formatTable, formatTime, visible } from './format-values.js';
import type { Paint } from './paint.js';

const MAX_PACKAGES = 30;

export function formatImageEnd(end: ImageEnd, id: string | null, paint: Paint): string {
  const layers =
    end.layers_total === null ? '' : `, ${end.layers_cached ?? 0} of ${end.layers_total} layers were there`;
  const built = end.build_seconds === null ? null : `in ${formatSeconds(end.build_seconds)}${layers}`;
  return formatFacts(
    [
      ['image', visible(id ?? '-')],
      ['name', end.image_name === null ? null : visible(end.image_name)],
      ['size', end.size_bytes === null ? null : formatBytes(end.size_bytes)],
      ['built', end.cached ? 'it was there already' : built],
      ['installed', end.installed.length === 0 ? null : packagesText(end.installed)],
    ],
    paint,
  );
}

/** Why there is no image, in a line or two. */
export function describeBuildFailure(end: ImageEnd): string[] {
  const word = end.status === 'failed' ? (end.reason ?? end.status) : end.status;
  const why = end.error_message === null ? visible(word) : `${visible(word)}: ${visible(end.error_message)}`;
  return end.failing_line === null ? [why] : [why, `failed at: ${visible(end.failing_line)}`];
}

export function formatImages(images: readonly ImageSummary[], paint: Paint): string {
  if (images.length === 0) return 'No images.\n';
  const rows = images.map((image) => [
    visible(image.image_id),
    visible(image.names.join(', ')) || '-',
    visible(image.languages.join(', ')),
    String(image.packages.length),
    formatBytes(image.size_bytes),
    image.ready ? 'yes' : 'no',
    formatTime(image.created_at),
  ]);
  return formatTable(
    ['IMAGE', 'NAMES', 'LANGUAGES', 'PACKAGES', 'SIZE', 'READY', 'CREATED (UTC)'],
    rows,
    (cell, _, row) => (row === null ? paint('dim', cell) : cell),
  );
}

export function formatImage(image: ImageView, paint: Paint): string {
  return formatFacts(
    [
      ['image', visible(image.image_id)],
      ['names', image.names.length === 0 ? null : visible(image.names.join(', '))],
      ['languages', visible(image.languages.join(', '))],
      ['base', visible(image.base_os)],
      ['packages', image.packages.length === 0 ? null : packagesText(image.packages)],
      ['size', image.size_bytes === null ? null : formatBytes(image.size_bytes)],
      ['digest', image.digest === null ? null : visible(image.digest)],
      [
        'ready on',
        image.ready_on.length === 0
          ? 'no worker; it is made again when it is needed'
          : visible(image.ready_on.join(', ')),
      ],
      ['in use', `by ${image.in_use} of your executions`],
      ['created', formatTime(image.created_at)],
      ['used', formatTime(image.last_used_at)],
    ],
    paint,
  );
}

export function formatJob(job: JobView, paint: Paint): string {
  return formatFacts(
    [
      ['job', visible(job.job_id)],
      ['status', job.status + (job.reason === null || job.status === 'completed' ? '' : ` (${visible(job.reason)})`)],
      ['message', job.error_message === null ? null : visible(job.error_message)],
      ['failed at', job.failing_line === null ? null : visible(job.failing_line)],
      ['image', job.image_id === null ? null : visible(job.image_id)],
      ['name', job.image_name === null ? null : visible(job.image_name)],
      ['time', job.build_seconds === null ? null : formatSeconds(job.build_seconds)],
      ['created', formatTime(job.created_at)],
      ['finished', job.finished_at === null ? null : formatTime(job.finished_at)],
    ],
    paint,
  );
}

function packagesText(packages: readonly PackageView[]): string {
  const shown = packages.slice(0, MAX_PACKAGES).map((one) => visible(packageText(one)));
  const more = packages.length > MAX_PACKAGES ? ` and ${packages.length - MAX_PACKAGES} more` : '';
  return shown.join(' ') + more;
}
