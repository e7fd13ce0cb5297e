import { z } from 'zod';
import { OMISSION_REASONS } from '../artifact.js';

/** A file that a program left. */
export const ArtifactView = z.strictObject({
  path: z.string().describe('Relative to working_directory.'),
  size: z.number(),
  media_type: z.string().describe('Guessed from the name.'),
  sha256: z.string(),
  url: z.string().describe('Where its bytes are, relative to this service.'),
});
export type ArtifactView = z.infer<typeof ArtifactView>;

export const OmittedArtifactView = z.strictObject({
  path: z.string().describe('. is the working directory itself.'),
  reason: z.enum(OMISSION_REASONS),
});
export type OmittedArtifactView = z.infer<typeof OmittedArtifactView>;

export const artifactFields = {
  artifacts: z.array(ArtifactView),
  artifacts_omitted: z.array(OmittedArtifactView).describe('What matched and was not kept; the first hundred or so.'),
  artifacts_omitted_count: z.number().describe('How many in all.'),
};

/** Answer of `GET /executions/{id}/artifacts`. */
export const ArtifactList = z.strictObject({
  execution_id: z.string(),
  ...artifactFields,
  tar_url: z.string().describe('All of them as one tar archive.'),
});
export type ArtifactList = z.infer<typeof ArtifactList>;
