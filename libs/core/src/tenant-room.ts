import { AppError } from '@gantry/contracts';

export function overStorage(allowed: number, current: number): AppError {
  return new AppError(
    'storage_quota_exceeded',
    `You keep ${current} bytes of files and artifacts; ${allowed} are the most`,
    { quota: { limit: 'storage_bytes', allowed, current, resetsAt: null } },
  );
}

/** Names in the books (the first is known to the scripts that write an end): what came with a request, what a program left, what an image was made of. */
export const roomOfInputs = (id: string): string => `in:${id}`;
export const roomOfArtifacts = (id: string): string => `out:${id}`;
export const roomOfImage = (id: string): string => `image:${id}`;
