import { ArtifactList } from '@gantry/contracts';
import { ask, type CallOptions } from './ask.js';
import { openDownload, type Download } from './download.js';
import type { HttpSettings } from './http.js';
import { artifactPath, checkId } from './ids.js';

const pathOf = (executionId: string): string => `/executions/${checkId('execution', executionId)}/artifacts`;

export function listArtifacts(
  settings: HttpSettings,
  executionId: string,
  { signal }: CallOptions,
): Promise<ArtifactList> {
  return ask(
    settings,
    { method: 'GET', path: pathOf(executionId), signal },
    ArtifactList,
    `The artifacts of ${executionId}`,
  );
}

export function downloadArtifact(
  settings: HttpSettings,
  { executionId, path }: { executionId: string; path: string },
  { signal }: CallOptions,
): Promise<Download> {
  return openDownload(settings, `${pathOf(executionId)}/${artifactPath(path)}`, signal);
}

/** All of them as one tar archive. */
export function downloadArtifacts(
  settings: HttpSettings,
  executionId: string,
  { signal }: CallOptions,
): Promise<Download> {
  return openDownload(settings, `${pathOf(executionId)}.tar`, signal);
}
