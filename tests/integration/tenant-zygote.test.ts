import { describe, expect, test } from '@jest/globals';
import type { Behaviour } from '../programs/preload/behaviour.js';
import { PYTHON } from '../programs/preload/python.js';
import { type Outcome, runIn } from '../support/real-sandboxes.js';
import { forkedStage, TenantSandboxes } from '../support/tenant-sandboxes.js';

const sandboxes = new TenantSandboxes();

async function run(behaviour: Behaviour, start: 'exec' | 'fork'): Promise<Outcome> {
  const { code, args = [], env = {}, stdin = '', files = {} } = behaviour;
  const stage = forkedStage(code, { args });
  const beside = Object.entries(files).map(([name, text]) => ({
    path: `/workspace/${name}`,
    content: Buffer.from(text),
    mode: 0o644,
  }));
  await using sandbox = await sandboxes.acquire({ start });
  return await runIn(sandbox, {
    ...stage,
    env: { ...stage.env, ...env },
    files: [...beside, ...stage.files],
    stdin: Buffer.from(stdin),
    preload: start === 'fork' ? 'python' : null,
  });
}

/** Addresses and durations differ between two plain starts too. */
function steady(output: Buffer): string {
  return output
    .toString('latin1')
    .replaceAll(/0x[0-9a-f]{6,}/g, '0xADDRESS')
    .replaceAll(/duration_ms:? [\d.]+/g, 'duration_ms TIME');
}

function visible({ report, stdout, stderr }: Outcome) {
  const { exitCode, signal, startError, cause, oomKills, refusedForks, diskFull } = report;
  return {
    stdout: steady(stdout),
    stderr: steady(stderr),
    ...{ exitCode, signal, startError, cause, oomKills, refusedForks, diskFull },
  };
}

const OWN: Behaviour[] = [
  {
    title: 'a file that is never closed',
    code: 'f = open("/tmp/x", "w"); f.write("kept")\nimport os\nif os.fork() == 0:\n  pass\nelse:\n  os.wait(); print("parent")',
  },
  {
    title: 'what destructors print at the end, with and without cycles',
    code: [
      'class Loud:',
      '    def __init__(self, name): self.name = name; self.me = self if name == "cycle" else None',
      '    def __del__(self): print("gone", self.name)',
      'one, two = Loud("plain"), Loud("cycle")',
      'def keeps(): return one',
    ].join('\n'),
  },
  {
    title: 'what is still in buffers when a destructor has written it',
    code: [
      'import io, sys',
      'sys.stdout = io.TextIOWrapper(sys.stdout.buffer, write_through=False)',
      'class Late:',
      '    def __del__(self): print("late")',
      'late = Late()',
      'print("early")',
    ].join('\n'),
  },
  { title: 'the code of sys.exit', code: 'import sys\nsys.exit(3)' },
  { title: 'the code of sys.exit with a text', code: 'import sys\nsys.exit("no")' },
  {
    title: 'an exception and what runs at exit',
    code: 'import atexit\natexit.register(print, "bye")\nraise ValueError("x")',
  },
  { title: 'a closed stdout', code: 'import os, sys\nsys.stdout.write("x")\nos.close(1)' },
  {
    title: 'threads that are still at work at the end',
    code: [
      'import threading, time',
      'def work():',
      '    time.sleep(0.1); print("worked")',
      'threading.Thread(target=work).start()',
      'threading.Thread(target=time.sleep, args=(600,), daemon=True).start()',
      'print("main ends")',
    ].join('\n'),
  },
];

describe('a python that was forked from the zygote shows no difference in', () => {
  test.each([...PYTHON, ...OWN].map((behaviour) => [behaviour.title, behaviour] as const))(
    '%s',
    async (_, behaviour) => {
      const [plain, forked] = await Promise.all([run(behaviour, 'exec'), run(behaviour, 'fork')]);
      expect(visible(forked)).toEqual(visible(plain));
    },
  );
});

describe('two jobs of one zygote', () => {
  const many = async (code: string): Promise<string[]> => {
    const outputs: string[] = [];
    for (let at = 0; at < 3; at++) outputs.push((await run({ title: '', code }, 'fork')).stdout.toString());
    return outputs;
  };

  test('draw other random numbers', async () => {
    const draw =
      'import random, uuid, secrets, tempfile\nprint(random.random(), uuid.uuid4(), secrets.token_hex(), tempfile.mktemp())';
    expect(new Set(await many(draw)).size).toBe(3);
  });

  test('are other users, and were indeed forked', async () => {
    const who = 'import os, sys\nprint(os.getuid(), "dataclasses" in sys.modules)';
    const found = await many(who);
    expect(new Set(found).size).toBe(3);
    expect(found.every((line) => line.endsWith('True\n'))).toBe(true);
  });

  test('share nothing that one of them has changed', async () => {
    const change =
      'import json, sys\nprint(hasattr(json, "changed"), len(sys.path))\njson.changed = True\nsys.path.clear()';
    expect(new Set(await many(change)).size).toBe(1);
  });
});
