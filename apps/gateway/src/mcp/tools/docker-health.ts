import { HealthView } from '@gantry/contracts';
import { serviceHealth, type ServiceHealth } from '@gantry/core';
import { z } from 'zod';
import { toHealthView } from '../../http/wire.js';
import { defineTool } from '../tool.js';

export const dockerHealth = defineTool({
  name: 'docker_health',
  title: 'Check the service',
  description:
    'Tells whether code can be run now: Docker engine, queue, workers, running executions. Call it when execute_code fails.',
  inputSchema: z.strictObject({}),
  outputSchema: HealthView.strip().extend({
    message: z.string().nullable().describe('What is missing; null when all is well.'),
  }),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run(_args, { deps }) {
    const health = await serviceHealth(deps);
    const message = health.messages.redis ?? health.messages.workers;
    const data = { ...toHealthView(health, { version: deps.version, nowMs: deps.clock.now() }), message };
    return { data, text: textOf(health, message) };
  },
});

function textOf(health: ServiceHealth, message: string | null): string {
  return [
    `Docker Status: ${health.healthy ? '✅ Healthy' : '❌ Unhealthy'}`,
    ...(message === null ? [] : [message]),
    '',
    'System Information:',
    `- Active Containers: ${health.running}`,
    `- Available Images: ${health.images}`,
    `- Workers: ${health.workers.length}`,
    `- Docker Connection: ${health.dockerAvailable ? '✅ Connected' : '❌ Not connected'}`,
    `- Queue Connection: ${health.redisAvailable ? '✅ Connected' : '❌ Not connected'}`,
  ].join('\n');
}
