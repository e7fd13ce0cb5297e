import { WorkerList } from '@gantry/contracts';

export const workerOutputs = { WorkerList };

/** Of the main port; what operators ask is on another one. */
export const workerPaths = {
  '/workers': {
    get: {
      operationId: 'listWorkers',
      summary: 'Workers, and whether they take executions',
      responses: {
        '200': {
          description: 'Workers, by id',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/WorkerList' } } },
        },
      },
    },
  },
};
