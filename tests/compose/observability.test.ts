import { describe, expect, test } from '@jest/globals';
import { composeStack } from '../support/compose.js';
import { eventually } from '../support/eventually.js';

const stack = composeStack();

interface Targets {
  activeTargets: { labels: { job: string }; health: string; lastError: string }[];
}
interface Rules {
  groups: { name: string; rules: { name: string; health: string; lastError?: string }[] }[];
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(`${stack.prometheusUrl}/api/v1/${path}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: T }).data;
}

describe('Prometheus in the compose stack', () => {
  test('finds and scrapes the gateway, both workers and the engine proxy', async () => {
    await eventually(async () => {
      const { activeTargets } = await ask<Targets>('targets?state=active');
      const seen = activeTargets.map(({ labels, health, lastError }) => `${labels.job} ${health}${lastError}`);
      expect(seen.sort()).toEqual([
        'gantry-engine-proxy up',
        'gantry-gateway up',
        'gantry-worker up',
        'gantry-worker up',
      ]);
    }, 40_000);
  });

  test('evaluates the rules without a fault', async () => {
    await eventually(async () => {
      const { groups } = await ask<Rules>('rules');
      const rules = groups.flatMap((group) => group.rules);
      expect(rules.length).toBeGreaterThan(10);
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    }, 40_000);
  });

  test('has what the stack counts', async () => {
    await stack.api.execute({ language: 'bash', code: ':' });
    await eventually(async () => {
      const query = encodeURIComponent('sum(gantry_executions_total{status="completed"})');
      const { result } = await ask<{ result: { value: [number, string] }[] }>(`query?query=${query}`);
      expect(Number(result[0]?.value[1])).toBeGreaterThan(0);
    }, 40_000);
  });
});
