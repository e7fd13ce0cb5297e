import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api, collect } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { startStack, type Stack } from '../support/stack.js';

const ECHO = 'while read -r line; do echo "got $line"; done; echo end';

describe('interactive standard input', () => {
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    stack = await startStack();
    api = new Api(stack.url);
  });
  afterAll(() => stack.close());

  const write = (id: string, body: Record<string, unknown>): ReturnType<Api['call']> =>
    api.call('POST', `/executions/${id}/stdin`, body);
  const outputOf = async (id: string): Promise<string> => {
    const { body } = await api.call<{ logs: string[] }>('GET', `/executions/${id}/progress`);
    return body.logs.join('');
  };

  test('a program reads what is written while it runs, until it is closed', async () => {
    const id = await api.submit({ language: 'bash', code: ECHO, stdin: 'stream', input_data: 'first\n' });
    await eventually(async () => expect(await outputOf(id)).toBe('got first\n'));
    expect(await write(id, { data: 'sec' })).toMatchObject({ status: 202, body: { accepted_bytes: 3, closed: false } });
    await write(id, { data: Buffer.from('ond é\n').toString('base64'), encoding: 'base64' });
    await eventually(async () => expect(await outputOf(id)).toBe('got first\ngot second é\n'));
    await write(id, { data: 'last\n', close: true });
    expect(await api.get(id, 10)).toMatchObject({
      status: 'completed',
      stdout: 'got first\ngot second é\ngot last\nend\n',
    });
    expect(await write(id, { data: 'x' })).toMatchObject({ status: 409, body: { code: 'stdin_closed' } });
  });

  test('what is written before the program starts is not lost', async () => {
    const blockers = await Promise.all(
      Array.from({ length: 4 }, () => api.submit({ language: 'bash', code: 'sleep 1' })),
    );
    const id = await api.submit({ language: 'bash', code: ECHO, stdin: 'stream' });
    await write(id, { data: 'early\n', close: true });
    expect(await api.get(id, 20)).toMatchObject({ status: 'completed', stdout: 'got early\nend\n' });
    await Promise.all(blockers.map((blocker) => api.get(blocker, 20)));
  });

  test('a program that does not read is not drowned, and one that ends leaves nothing waiting', async () => {
    const id = await api.submit({ language: 'bash', code: 'sleep 3', stdin: 'stream' });
    const megabyte = 'x'.repeat(1024 * 1024);
    const answers = [await write(id, { data: megabyte })];
    await eventually(async () => {
      answers.push(await write(id, { data: megabyte }));
      expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'stdin_full' } });
    });
    expect(answers.filter((answer) => answer.status === 202).length).toBeLessThanOrEqual(4);
    expect(await api.get(id, 10)).toMatchObject({ status: 'completed' });
  });

  test('without stdin: stream nothing can be written, and it is closed from the start', async () => {
    const id = await api.submit({ language: 'bash', code: 'cat; sleep 1' });
    expect(await write(id, { data: 'x' })).toMatchObject({ status: 409, body: { code: 'stdin_not_streamed' } });
    expect((await collect(api.stream(id))).at(-1)?.data).toMatchObject({ status: 'completed', stdout: '' });
  });

  test.each([
    [{}, 'data'],
    [{ data: '' }, 'data'],
    [{ data: '*', encoding: 'base64' }, 'data'],
    [{ data: 5 }, 'data'],
    [{ data: 'x', more: 1 }, 'more'],
  ])('%j is refused', async (body, path) => {
    const answer = await write('exec_00000000000000000000000000', body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });

  test('is 404 for what is not there', async () => {
    expect(await write('exec_00000000000000000000000000', { data: 'x' })).toMatchObject({ status: 404 });
  });
});
