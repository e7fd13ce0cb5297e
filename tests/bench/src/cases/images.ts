import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timed, timings, type Measurement } from '../measurement.js';
import { execute } from '../rest.js';

interface Created {
  success: boolean;
  cached: boolean;
  image_id: string;
}

const FIRST_USES = 20;
const LANGUAGE = `bench-${randomBytes(4).toString('hex')}`;

/** For `RUNTIMES_DIR`: a language that no engine has an image of yet. A program of it prints a number that every build draws anew. */
export function freshRuntimeDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'gantry-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true }));
  const runtime = {
    ...{ name: LANGUAGE, version: '1', file_name: `main.${LANGUAGE}` },
    install: { setup: [['sh', '-c', 'sleep 1; od -An -N8 -tx8 /dev/urandom > /drawn']] },
    run: ['sh', '-c', 'cat /drawn', 'sh', '{file}'],
  };
  mkdirSync(path.join(directory, LANGUAGE));
  writeFileSync(path.join(directory, LANGUAGE, 'runtime.json'), JSON.stringify(runtime));
  return directory;
}

/** How many builds it takes when many executions need an image at once that nobody has. */
async function firstUses(url: string): Promise<number> {
  const all = await Promise.all(
    Array.from({ length: FIRST_USES }, () => execute(url, { language: LANGUAGE, code: '' })),
  );
  if (all.some(({ stdout }) => stdout.trim() === '')) throw new Error('a first use gave nothing');
  return new Set(all.map(({ stdout }) => stdout)).size;
}

/** A small image made for the first time, and asked for again; and one that many ask for at once. */
export async function images({ url }: BenchEnvironment): Promise<Measurement[]> {
  const environment = { BENCH: randomBytes(6).toString('hex') };
  const create = async (wait: boolean): Promise<Created> => {
    const answer = await fetch(`${url}/images/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ languages: ['python'], environment, ...(wait ? { wait_seconds: 120 } : {}) }),
    });
    const created = (await answer.json()) as Created;
    if (answer.status !== 200 || !created.success) throw new Error(`${answer.status}: ${JSON.stringify(created)}`);
    return created;
  };
  let first: Created | undefined;
  const firstMs = await timed(async () => {
    first = await create(true);
  });
  const again = await timings(100, 10, async () => {
    const { cached, image_id } = await create(false);
    if (!cached || image_id !== first?.image_id)
      throw new Error('the same recipe was not answered with the same image');
  });
  await fetch(`${url}/images/${first?.image_id}`, { method: 'DELETE' });
  const builds = await firstUses(url);
  return [
    {
      name: `builds for ${FIRST_USES} first uses of a language at once`,
      value: builds,
      unit: '',
      target: { atMost: 1 },
    },
    { name: 'image with its own environment, made', value: firstMs, unit: 'ms', target: null },
    { name: 'the same recipe again, p50', value: median(again), unit: 'ms', target: { atMost: 100 } },
  ];
}
