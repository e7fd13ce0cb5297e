import type { ArtifactList, FileStatsView, FileSummary, FileUploaded } from '@gantry/contracts';
import { formatBytes, formatTable, formatTime, visible } from './format-values.js';
import { formatFacts } from './format-views.js';
import type { Paint } from './paint.js';

export function formatUploaded(file: FileUploaded, paint: Paint): string {
  return formatFacts(
    [
      ['file', visible(file.file_id)],
      ['name', visible(file.filename)],
      ['language', file.language === null ? null : visible(file.language)],
      ['size', formatBytes(file.size)],
      ['sha256', visible(file.sha256)],
      ['expires', formatTime(file.expires_at)],
    ],
    paint,
  );
}

export function formatFiles(files: readonly FileSummary[], paint: Paint): string {
  if (files.length === 0) return 'No files.\n';
  const rows = files.map((file) => [
    visible(file.file_id),
    visible(file.filename),
    visible(file.language ?? '-'),
    formatBytes(file.size),
    formatTime(file.uploaded_at),
    formatTime(file.expires_at),
  ]);
  return formatTable(['FILE', 'NAME', 'LANGUAGE', 'SIZE', 'UPLOADED (UTC)', 'EXPIRES (UTC)'], rows, (cell, _, row) =>
    row === null ? paint('dim', cell) : cell,
  );
}

export function formatFileStats(stats: FileStatsView, paint: Paint): string {
  const languages = Object.entries(stats.files_by_language).map(([name, count]) => `${visible(name)} ${count}`);
  return formatFacts(
    [
      ['files', String(stats.total_files)],
      ['size', formatBytes(stats.total_size)],
      ['languages', languages.join(', ')],
    ],
    paint,
  );
}

export function formatArtifacts(list: ArtifactList, paint: Paint): string {
  const rows = list.artifacts.map(({ path, size, media_type }) => [
    visible(path),
    formatBytes(size),
    visible(media_type),
  ]);
  const table = formatTable(['ARTIFACT', 'SIZE', 'TYPE'], rows, (cell, _, row) =>
    row === null ? paint('dim', cell) : cell,
  );
  return rows.length === 0 ? 'No artifacts.\n' : table;
}

const MAX_TOLD = 10;

/** What matched and was not kept, a line each. */
export function describeOmitted(list: Pick<ArtifactList, 'artifacts_omitted' | 'artifacts_omitted_count'>): string[] {
  const { artifacts_omitted: omitted, artifacts_omitted_count: count } = list;
  const told = omitted.slice(0, MAX_TOLD).map(({ path, reason }) => `not kept: ${visible(path)} (${visible(reason)})`);
  return count > told.length ? [...told, `not kept: ${count - told.length} more`] : told;
}
