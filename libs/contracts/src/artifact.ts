/** A file that a program left and that is kept. */
export interface Artifact {
  /** Relative to the working directory. */
  path: string;
  size: number;
  sha256: string;
  /** Guessed from the name; `application/octet-stream` when it says nothing. */
  mediaType: string;
}

/** Why a file that a pattern matched, or a directory that may hold such files, was not kept. */
export const OMISSION_REASONS = [
  'not_a_regular_file',
  'file_too_large',
  'total_too_large',
  'too_many',
  'name_not_text',
  'changed_while_read',
  'unreadable',
  'too_deep',
  'time_limit',
  'store_full',
  'storage_quota',
  'store_unavailable',
] as const;
export type OmissionReason = (typeof OMISSION_REASONS)[number];

export interface OmittedArtifact {
  /** As far as it is text; `.` when it is the working directory itself. */
  path: string;
  reason: OmissionReason;
}
