import { GantryUsageError } from './errors.js';

// Ids and names go into paths, where `..` would lead elsewhere.

const KINDS = {
  execution: 'an execution id. Ids look like exec_01jq3k… and are printed when an execution is submitted',
  job: 'the id of an image job. Ids look like job_01jq3k… and are printed when an image is ordered',
  file: 'a file id. Ids look like file_01jq3k… and are printed when a file is uploaded',
} as const;

export function checkId(kind: keyof typeof KINDS, id: string): string {
  if (/^[A-Za-z0-9_-]{1,128}$/.test(id)) return id;
  throw new GantryUsageError(`"${id}" is not ${KINDS[kind]}.`);
}

/** An image by its id or by one of its names, as a part of a path. */
export function imagePath(idOrName: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/.test(idOrName)) return encodeURIComponent(idOrName);
  throw new GantryUsageError(`"${idOrName}" is neither the id nor the name of an image; ids look like img_0a1b2c….`);
}

/** The path of an artifact, as the end of a path. */
export function artifactPath(path: string): string {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new GantryUsageError(`"${path}" is not the path of an artifact; they are relative, without . and ...`);
  }
  return parts.map(encodeURIComponent).join('/');
}
