import { ArtifactList } from '@gantry/contracts';

export const artifactOutputs = { ArtifactList };

interface OpenApiWords {
  answer: (description: string, name: 'ArtifactList') => object;
  problem: (description: string) => object;
  idParameter: object;
}

const bytes = (description: string, mediaType: string): object => ({
  description,
  content: { [mediaType]: { schema: { type: 'string', format: 'binary' } } },
});

/** The files that executions leave. */
export function artifactPaths({ answer, problem, idParameter }: OpenApiWords): Record<string, object> {
  const missing = { '401': problem('No valid API key'), '404': problem('No such execution, or no such file of it') };
  const path = {
    name: 'path',
    in: 'path',
    required: true,
    schema: { type: 'string' },
    description: 'As in the list, each part percent-encoded; the slashes between them stay.',
  };
  const list = { operationId: 'listArtifacts', summary: 'The files that it left', parameters: [idParameter] };
  const one = { operationId: 'getArtifact', summary: 'The bytes of one file, as a download' };
  const all = { operationId: 'getArtifacts', summary: 'All its files as one archive', parameters: [idParameter] };
  const responses = (ok: object): object => ({ responses: { '200': ok, ...missing } });
  return {
    '/executions/{id}/artifacts': { get: { ...list, ...responses(answer('The list', 'ArtifactList')) } },
    '/executions/{id}/artifacts/{path}': {
      get: { ...one, parameters: [idParameter, path], ...responses(bytes('Exactly the bytes', '*/*')) },
    },
    '/executions/{id}/artifacts.tar': {
      get: { ...all, ...responses(bytes('A tar archive; one that is cut off is not whole', 'application/x-tar')) },
    },
  };
}
