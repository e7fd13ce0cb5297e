import type { Artifact, ArtifactList, ArtifactView, ExecutionRecord } from '@gantry/contracts';

type ArtifactFields = Omit<ArtifactList, 'execution_id' | 'tar_url'>;

export function toArtifactFields({ id, result }: ExecutionRecord): ArtifactFields {
  return {
    artifacts: (result?.artifacts ?? []).map((artifact) => toArtifactView(id, artifact)),
    artifacts_omitted: result?.artifactsOmitted ?? [],
    artifacts_omitted_count: result?.artifactsOmittedCount ?? 0,
  };
}

export function toArtifactList(record: ExecutionRecord): ArtifactList {
  return { execution_id: record.id, ...toArtifactFields(record), tar_url: `/executions/${record.id}/artifacts.tar` };
}

function toArtifactView(executionId: string, { path, size, mediaType, sha256 }: Artifact): ArtifactView {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return { path, size, media_type: mediaType, sha256, url: `/executions/${executionId}/artifacts/${encoded}` };
}
