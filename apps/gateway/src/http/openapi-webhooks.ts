import {
  PutWebhookSecretRequest,
  WebhookDeliveries,
  WebhookSecretDeleted,
  WebhookSecretList,
  WebhookSecretStored,
  WebhookSecretView,
} from '@gantry/contracts';

export const webhookInputs = { PutWebhookSecretRequest };
export const webhookOutputs = {
  WebhookDeliveries,
  WebhookSecretDeleted,
  WebhookSecretList,
  WebhookSecretStored,
  WebhookSecretView,
};

type WebhookSchema = keyof typeof webhookInputs | keyof typeof webhookOutputs;

/** How openapi.ts writes the things that every route has. */
export interface OpenApiWords {
  answer: (description: string, name: WebhookSchema) => object;
  json: (name: WebhookSchema) => object;
  problem: (description: string) => object;
  idParameter: object;
}

const nameParameter = { name: 'name', in: 'path', required: true, schema: { type: 'string', maxLength: 64 } };

/** Deliveries below each kind of job, and `/webhook-secrets`. */
export function webhookPaths({ answer, json, problem, idParameter }: OpenApiWords): Record<string, object> {
  const missing = { '401': problem('No valid API key'), '404': problem('There is none') };
  const deliveriesOf = (root: string, name: string): Record<string, object> => ({
    [`/${root}/{id}/webhook-deliveries`]: {
      get: {
        operationId: `get${name}WebhookDeliveries`,
        summary: 'What became of its webhook',
        parameters: [idParameter],
        responses: { '200': answer('Attempts, oldest first', 'WebhookDeliveries'), ...missing },
      },
    },
    [`/${root}/{id}/webhook-deliveries/redeliver`]: {
      post: {
        operationId: `redeliver${name}Webhook`,
        summary: 'Deliver its webhook once more, with the same id',
        parameters: [idParameter],
        responses: {
          '202': answer('It will be', 'WebhookDeliveries'),
          '403': problem('Webhooks are not sent here'),
          '409': problem('It has not ended'),
          '429': problem('Too many others of yours are not delivered yet'),
          ...missing,
        },
      },
    },
  });
  const put = {
    operationId: 'putWebhookSecret',
    summary: 'Keep a secret that webhooks are signed with, or replace it',
    parameters: [nameParameter],
    requestBody: { content: json('PutWebhookSecretRequest') },
    responses: {
      '200': answer('Kept; a secret that was made here is told this once', 'WebhookSecretStored'),
      '401': problem('No valid API key'),
      '403': problem('Secrets cannot be kept here'),
      '409': problem('You have as many as can be kept'),
      '422': problem('Not valid; the faulty fields are named'),
    },
  };
  const get = { operationId: 'getWebhookSecret', summary: 'A secret, but not its value', parameters: [nameParameter] };
  const remove = { operationId: 'deleteWebhookSecret', summary: 'Delete a secret', parameters: [nameParameter] };
  const list = { operationId: 'listWebhookSecrets', summary: 'Your secrets, but not their values' };
  return {
    ...deliveriesOf('executions', 'Execution'),
    ...deliveriesOf('jobs', 'Job'),
    '/webhook-secrets': { get: { ...list, responses: { '200': answer('Secrets, by name', 'WebhookSecretList') } } },
    '/webhook-secrets/{name}': {
      get: { ...get, responses: { '200': answer('The secret', 'WebhookSecretView'), ...missing } },
      put,
      delete: { ...remove, responses: { '200': answer('Deleted', 'WebhookSecretDeleted'), ...missing } },
    },
  };
}
