import {
  AppliedLimits,
  CancelView,
  ERROR_CATALOGUE,
  ExecuteRequest,
  ExecutionAccepted,
  ExecutionList,
  ExecutionProgress,
  ExecutionView,
  HealthView,
  Problem,
  ReadinessView,
  ResourceLimits,
  RuntimeList,
  StdinRequest,
  StdinView,
  StreamExecuteRequest,
  StreamStarted,
  TenantUsageView,
} from '@gantry/contracts';
import { z } from 'zod';
import { artifactOutputs, artifactPaths } from './openapi-artifacts.js';
import { fileInputs, fileOutputs, filePaths } from './openapi-files.js';
import { imageInputs, imageOutputs, imagePaths } from './openapi-images.js';
import { webhookInputs, webhookOutputs, webhookPaths } from './openapi-webhooks.js';
import { workerOutputs, workerPaths } from './openapi-workers.js';

// A registry of our own: ids in zod's global one would leak into the MCP tool schemas.
const inputs = {
  ExecuteRequest,
  StreamExecuteRequest,
  StdinRequest,
  ResourceLimits,
  ...fileInputs,
  ...imageInputs,
  ...webhookInputs,
};
const outputs = {
  ...artifactOutputs,
  ...fileOutputs,
  ...imageOutputs,
  ...webhookOutputs,
  ...workerOutputs,
  AppliedLimits,
  CancelView,
  ExecutionAccepted,
  ExecutionList,
  ExecutionProgress,
  ExecutionView,
  HealthView,
  Problem,
  ReadinessView,
  RuntimeList,
  StdinView,
  StreamStarted,
  TenantUsageView,
};
type SchemaName = keyof typeof inputs | keyof typeof outputs;

function schemasOf(named: Record<string, z.ZodType>, io: 'input' | 'output'): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _dialect, $id: _id, ...rest } = schema as Record<string, unknown>;
      return [name, rest];
    }),
  );
}

const ref = (name: SchemaName): object => ({ $ref: `#/components/schemas/${name}` });
const json = (name: SchemaName): object => ({ 'application/json': { schema: ref(name) } });
const answer = (description: string, name: SchemaName): object => ({ description, content: json(name) });
const body = (name: SchemaName): object => ({ required: true, content: json(name) });
const problem = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', maxLength: 255 },
  description: 'The same key with the same body gives the same execution, for 24 h.',
};
const query = (name: string, schema: object, description: string): object => ({
  name,
  in: 'query',
  schema,
  description,
});

const refusals = {
  '400': problem('Malformed'),
  '401': problem('No valid API key'),
  '413': problem('Too large'),
  '415': problem('Not JSON'),
  '422': problem('Not valid; the faulty fields are named'),
  '429': problem('A limit of yours is reached; quota says which, Retry-After when'),
  '503': problem('Queue full, Redis or Docker away; Retry-After says when'),
};
const missing = { '401': problem('No valid API key'), '404': problem('No such execution') };

const paths = {
  '/execute': {
    post: {
      operationId: 'execute',
      summary: 'Run code; waits up to wait_seconds for the end',
      parameters: [
        idempotencyKey,
        { name: 'Prefer', in: 'header', schema: { type: 'string' }, description: 'respond-async: do not wait' },
      ],
      requestBody: body('ExecuteRequest'),
      responses: {
        '200': answer('It has ended; a failing program is status failed with its reason', 'ExecutionView'),
        '202': answer('Not ended yet; Location says where to look', 'ExecutionAccepted'),
        ...refusals,
      },
    },
  },
  '/execute/stream': {
    post: {
      operationId: 'executeStream',
      summary: 'Run code and follow it at /executions/{id}/stream',
      parameters: [idempotencyKey],
      requestBody: body('StreamExecuteRequest'),
      responses: { '202': answer('Accepted', 'StreamStarted'), ...refusals },
    },
  },
  '/executions': {
    get: {
      operationId: 'listExecutions',
      summary: 'Your executions, newest first',
      parameters: [
        query('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 }, 'Page size'),
        query('cursor', { type: 'string' }, 'next_cursor of the page before'),
        query('status', { type: 'string' }, 'Only these'),
      ],
      responses: {
        '200': answer('A page', 'ExecutionList'),
        '401': problem('No valid API key'),
        '422': problem('Not valid'),
      },
    },
  },
  '/executions/{id}': {
    get: {
      operationId: 'getExecution',
      summary: 'One execution',
      parameters: [
        idParameter,
        query('wait_seconds', { type: 'number', minimum: 0, maximum: 300, default: 0 }, 'Wait so long for its end'),
      ],
      responses: { '200': answer('The execution', 'ExecutionView'), ...missing },
    },
    delete: {
      operationId: 'deleteExecution',
      summary: 'Cancel',
      parameters: [idParameter],
      responses: {
        '200': answer('Has ended', 'CancelView'),
        '202': answer('Is being killed', 'CancelView'),
        ...missing,
      },
    },
  },
  '/executions/{id}/cancel': {
    post: {
      operationId: 'cancelExecution',
      summary: 'Cancel',
      parameters: [idParameter],
      responses: {
        '200': answer('Has ended', 'CancelView'),
        '202': answer('Is being killed', 'CancelView'),
        ...missing,
      },
    },
  },
  '/executions/{id}/stdin': {
    post: {
      operationId: 'writeStdin',
      summary: 'Write to the standard input of an execution submitted with stdin: stream',
      parameters: [idParameter],
      requestBody: body('StdinRequest'),
      responses: {
        '202': answer('Taken', 'StdinView'),
        '409': problem('Closed, ended, or not submitted with stdin: stream'),
        '422': problem('Not valid'),
        '429': problem('Too much unread input'),
        ...missing,
      },
    },
  },
  '/executions/{id}/progress': {
    get: {
      operationId: 'getProgress',
      summary: 'Status and output until now',
      parameters: [idParameter],
      responses: { '200': answer('Progress', 'ExecutionProgress'), ...missing },
    },
  },
  '/executions/{id}/stream': {
    get: {
      operationId: 'streamExecution',
      summary:
        'Events as they happen: status, progress (its image is made), stdout, stderr, and last result; usage is reserved',
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
  ...artifactPaths({ answer, problem, idParameter }),
  ...filePaths({ answer, json, problem, query, idParameter }),
  ...webhookPaths({ answer, json, problem, idParameter }),
  ...workerPaths,
  ...imagePaths({ answer, body, problem, query, idParameter, idempotencyKey, refusals }),
  '/runtimes': {
    get: { operationId: 'listRuntimes', summary: 'Languages', responses: { '200': answer('Runtimes', 'RuntimeList') } },
  },
  '/usage': {
    get: {
      operationId: 'getUsage',
      summary: 'What you used, day by day, and what you may use',
      responses: { '200': answer('Usage', 'TenantUsageView') },
    },
  },
  '/health': {
    get: { operationId: 'getHealth', summary: 'Health in short', responses: { '200': answer('Health', 'HealthView') } },
  },
  '/healthz': {
    get: { operationId: 'getLiveness', summary: 'The process lives', responses: { '200': { description: 'It does' } } },
  },
  '/readyz': {
    get: {
      operationId: 'getReadiness',
      summary: 'Whether executions can be run, and what is missing',
      responses: { '200': answer('Ready', 'ReadinessView'), '503': answer('Not ready', 'ReadinessView') },
    },
  },
};

/** The OpenAPI 3.1 description, from the same schemas that validate. */
export function openApiDocument(version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gantry',
      version,
      description: `Runs untrusted code in sandboxes. Errors are problem details whose \`code\` is one of: ${Object.keys(ERROR_CATALOGUE).join(', ')}.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }, {}],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: { ...schemasOf(outputs, 'output'), ...schemasOf(inputs, 'input') },
    },
  };
}
