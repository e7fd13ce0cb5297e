import {
  FileDeleted,
  FileExecuteRequest,
  FileList,
  FileStatsView,
  FileUploaded,
  FileUploadRequest,
  FileView,
} from '@gantry/contracts';

export const fileInputs = { FileExecuteRequest, FileUploadRequest };
export const fileOutputs = { FileDeleted, FileList, FileStatsView, FileUploaded, FileView };

type FileSchema = keyof typeof fileInputs | keyof typeof fileOutputs | 'ExecutionView' | 'ExecutionAccepted';

/** How openapi.ts writes the things that every route has. */
export interface OpenApiWords {
  answer: (description: string, name: FileSchema) => object;
  json: (name: FileSchema) => object;
  problem: (description: string) => object;
  query: (name: string, schema: object, description: string) => object;
  idParameter: object;
}

const form = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        file: { type: 'string', format: 'binary', description: 'The one file; it is read as it comes.' },
        filename: { type: 'string', description: 'Default: the name that the part carries.' },
        language: { type: 'string', description: 'Default: by the file name.' },
      },
    },
  },
};

/** The paths below `/files`. */
export function filePaths({ answer, json, problem, query, idParameter }: OpenApiWords): Record<string, object> {
  const missing = { '401': problem('No valid API key'), '404': problem('No such file') };
  const page = [
    query('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 }, 'Page size'),
    query('cursor', { type: 'string' }, 'next_cursor of the page before'),
  ];
  const upload = {
    operationId: 'uploadFile',
    summary: 'Keep a file, as JSON or as multipart/form-data',
    requestBody: { required: true, content: { ...json('FileUploadRequest'), ...form } },
    responses: {
      '200': answer('Kept', 'FileUploaded'),
      '400': problem('The body cannot be read'),
      '413': problem('Too large'),
      '422': problem('Not valid; the faulty fields are named'),
      '429': problem('Your files take all the room you have'),
      '507': problem('The file store is full'),
    },
  };
  const content = {
    operationId: 'getFileContent',
    summary: 'The bytes of a file, as a download',
    parameters: [idParameter],
    responses: {
      '200': { description: 'Exactly the bytes', content: { '*/*': { schema: { type: 'string', format: 'binary' } } } },
      ...missing,
    },
  };
  const execute = {
    operationId: 'executeFile',
    summary: 'Run a file, as POST /execute does',
    parameters: [idParameter],
    requestBody: { content: json('FileExecuteRequest') },
    responses: {
      '200': answer('It has ended', 'ExecutionView'),
      '202': answer('Not ended yet', 'ExecutionAccepted'),
      '422': problem('Not valid, not text, or of no known language'),
      ...missing,
    },
  };
  const list = { operationId: 'listFiles', summary: 'Your files, newest first', parameters: page };
  const stats = { operationId: 'getFileStats', summary: 'How many files you have' };
  const get = { operationId: 'getFile', summary: 'A file, with its content up to 1 MiB', parameters: [idParameter] };
  const remove = { operationId: 'deleteFile', summary: 'Delete a file', parameters: [idParameter] };
  return {
    '/files': { get: { ...list, responses: { '200': answer('A page', 'FileList') } } },
    '/files/upload': { post: upload },
    '/files/stats': { get: { ...stats, responses: { '200': answer('Numbers', 'FileStatsView') } } },
    '/files/{id}': {
      get: { ...get, responses: { '200': answer('The file', 'FileView'), ...missing } },
      delete: { ...remove, responses: { '200': answer('Deleted', 'FileDeleted'), ...missing } },
    },
    '/files/{id}/content': { get: content },
    '/files/{id}/execute': { post: execute },
  };
}
