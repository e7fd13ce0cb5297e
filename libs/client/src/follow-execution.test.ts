import { describe, expect, test } from '@jest/globals';
import { event, events, json, problem, result, ScriptedGateway, stdout, viewOf } from './fakes/scripted-gateway.js';
import { GantryClient } from './index.js';

const running = (id: number, attempt: number): string =>
  event(id, 'status', { status: 'running', attempt, worker: `w${attempt}`, at: 1 });
const pending = (id: number, attempt: number): string => event(id, 'status', { status: 'pending', attempt, at: 1 });

describe('a program that is started once more because its worker was lost', () => {
  async function follow(gateway: ScriptedGateway): Promise<string[]> {
    const client = new GantryClient({ baseUrl: gateway.url, retryBaseMs: 2, maxReconnects: 3 });
    const told: string[] = [];
    const view = await client.follow('exec_1', {
      onOutput: ({ bytes, droppedBytes }) => void told.push(`${Buffer.from(bytes).toString()} ${String(droppedBytes)}`),
      onRestart: (attempt) => void told.push(`restart ${attempt}`),
    });
    return [...told, `end ${view.attempt}`];
  }

  test('is told before the output of its next attempt, once', async () => {
    const lost = [pending(1, 0), running(2, 1), stdout(3, 'lost'), pending(4, 1), pending(5, 1)];
    await using gateway = await ScriptedGateway.start(
      events([...lost, running(6, 2), stdout(7, 'whole'), result(8, { attempt: 2, stdout: 'whole' })]),
    );
    expect(await follow(gateway)).toEqual(['lost 0', 'restart 2', 'whole 0', 'end 2']);
  });

  test('gives all output of the last attempt where its events are gone', async () => {
    const gone = problem(410, 'history_gone');
    const view = json(200, viewOf({ attempt: 2, stdout: 'whole' }));
    await using unseen = await ScriptedGateway.start(events([running(1, 1), stdout(2, 'lost')], 'break'), gone, view);
    expect(await follow(unseen)).toEqual(['lost 0', 'restart 2', 'whole 0', 'end 2']);
    const seen = [running(1, 1), stdout(2, 'lost'), pending(3, 1), running(4, 2), stdout(5, 'wh')];
    await using partly = await ScriptedGateway.start(events(seen, 'break'), gone, view);
    expect(await follow(partly)).toEqual(['lost 0', 'restart 2', 'wh 0', 'ole 0', 'end 2']);
  });
});
