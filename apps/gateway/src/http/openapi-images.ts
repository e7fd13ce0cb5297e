import {
  CreateImageRequest,
  CreateImageView,
  ImageDeleted,
  ImageList,
  ImageView,
  InstallPackageRequest,
  InstallPackageView,
  JobAccepted,
  JobCancelView,
  JobList,
  JobView,
} from '@gantry/contracts';

export const imageInputs = { CreateImageRequest, InstallPackageRequest };
export const imageOutputs = {
  CreateImageView,
  ImageDeleted,
  ImageList,
  ImageView,
  InstallPackageView,
  JobAccepted,
  JobCancelView,
  JobList,
  JobView,
};

type ImageSchema = keyof typeof imageInputs | keyof typeof imageOutputs;

/** How openapi.ts writes the things that every route has. */
interface OpenApiWords {
  answer: (description: string, name: ImageSchema) => object;
  body: (name: ImageSchema) => object;
  problem: (description: string) => object;
  query: (name: string, schema: object, description: string) => object;
  idParameter: object;
  idempotencyKey: object;
  refusals: object;
}

/** Images, packages, and the jobs that make them. */
export function imagePaths(words: OpenApiWords): Record<string, object> {
  return { ...orderPaths(words), ...imageResourcePaths(words), ...jobPaths(words) };
}

function orderPaths({ answer, body, idempotencyKey, refusals }: OpenApiWords): Record<string, object> {
  const accepted = answer('Not ended yet; Location says where to look', 'JobAccepted');
  const built = 'It has ended; a build that failed is success false with its log';
  const order = (operationId: string, summary: string, request: ImageSchema, view: ImageSchema): object => ({
    operationId,
    summary,
    parameters: [idempotencyKey],
    requestBody: body(request),
    responses: { '200': answer(built, view), '202': accepted, ...refusals },
  });
  return {
    '/images/create': { post: order('createImage', 'Make an image', 'CreateImageRequest', 'CreateImageView') },
    '/packages/install': {
      post: order(
        'installPackages',
        'Make an image from another one, with further packages',
        'InstallPackageRequest',
        'InstallPackageView',
      ),
    },
  };
}

const limit = { type: 'integer', minimum: 1, maximum: 200, default: 50 };

function imageResourcePaths({ answer, problem, query, idParameter }: OpenApiWords): Record<string, object> {
  const missing = { '401': problem('No valid API key'), '404': problem('No such image of yours') };
  return {
    '/images': {
      get: {
        operationId: 'listImages',
        summary: 'Your images, newest first',
        parameters: [
          query('limit', limit, 'Page size'),
          query('cursor', { type: 'string' }, 'next_cursor of the page before'),
        ],
        responses: {
          '200': answer('A page', 'ImageList'),
          '401': problem('No valid API key'),
          '422': problem('Not valid'),
        },
      },
    },
    '/images/{id}': {
      get: {
        operationId: 'getImage',
        summary: 'One image, by id or name',
        parameters: [idParameter],
        responses: { '200': answer('The image', 'ImageView'), ...missing },
      },
      delete: {
        operationId: 'deleteImage',
        summary: 'Forget an image and its names',
        parameters: [idParameter],
        responses: {
          '200': answer('Forgotten', 'ImageDeleted'),
          '409': problem('Your executions wait or run on it'),
          ...missing,
        },
      },
    },
  };
}

function jobPaths({ answer, problem, query, idParameter }: OpenApiWords): Record<string, object> {
  const missing = { '401': problem('No valid API key'), '404': problem('No such job') };
  const cancel = {
    parameters: [idParameter],
    responses: {
      '200': answer('Has ended', 'JobCancelView'),
      '202': answer('Is being stopped', 'JobCancelView'),
      ...missing,
    },
  };
  const wait = { type: 'number', minimum: 0, maximum: 300, default: 0 };
  return {
    '/jobs': {
      get: {
        operationId: 'listJobs',
        summary: 'Your image builds and package installs, newest first',
        parameters: [
          query('limit', limit, 'Page size'),
          query('cursor', { type: 'string' }, 'next_cursor of the page before'),
          query('status', { type: 'string' }, 'Only these'),
        ],
        responses: {
          '200': answer('A page', 'JobList'),
          '401': problem('No valid API key'),
          '422': problem('Not valid'),
        },
      },
    },
    '/jobs/{id}': {
      get: {
        operationId: 'getJob',
        summary: 'One image build or package install',
        parameters: [idParameter, query('wait_seconds', wait, 'Wait so long for its end')],
        responses: { '200': answer('The job', 'JobView'), ...missing },
      },
      delete: { operationId: 'deleteJob', summary: 'Cancel', ...cancel },
    },
    '/jobs/{id}/cancel': { post: { operationId: 'cancelJob', summary: 'Cancel', ...cancel } },
    '/jobs/{id}/stream': {
      get: {
        operationId: 'streamJob',
        summary: 'Events as they happen: status, progress, stdout (lines of the build), and last result',
        parameters: [
          idParameter,
          { name: 'Last-Event-ID', in: 'header', schema: { type: 'string' }, description: 'Go on after this event' },
        ],
        responses: {
          '200': {
            description: 'Server-sent events; a stream that ends without result is not finished',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          '204': { description: 'You have had the last event' },
          '410': problem('These events are no longer kept'),
          ...missing,
        },
      },
    },
  };
}
