import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { transformSync } from '@swc/core';
import { ROOT } from './process.js';
import { pythonProgram } from './requirements.js';

const SECTION = /^## (?<title>.+)\n(?<body>[^]*?)(?=^## |$(?![^]))/gm;
const OUTPUT = /^```text\n(?<output>[^]*?)^```$/m;
const EXAMPLE = /^\[.+\]\(\.\.\/(?<file>examples\/api\/.+)\):\n\n```\w+\n(?<code>[^]*?)^```$/gm;

export interface ApiExample {
  file: string;
  /** What the page shows of it, and what it says that it prints. */
  code: string;
  output: string;
}

/** All examples of docs/api-by-example.md, in their order. */
export function apiExamples(): ApiExample[] {
  const page = readFileSync(join(ROOT, 'docs/api-by-example.md'), 'utf8');
  return [...page.matchAll(SECTION)].flatMap(({ groups: { body = '' } = {} }) => {
    const output = OUTPUT.exec(body)?.groups?.['output'] ?? '';
    return [...body.matchAll(EXAMPLE)].map(({ groups: { file = '', code = '' } = {} }) => ({ file, code, output }));
  });
}

/** Runs one as a reader would. Node.js 20 runs no TypeScript, so types are taken off before. */
export async function runExample(file: string, env: Record<string, string>): Promise<{ code: number; out: string }> {
  const [program, ...args] = commandOf(file);
  const child = spawn(program, args, { cwd: ROOT, env: { PATH: process.env['PATH'] ?? '', ...env } });
  const source = file.endsWith('.ts') ? withoutTypes(readFileSync(join(ROOT, file), 'utf8')) : '';
  child.stdin.on('error', () => undefined).end(source);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? -1));
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out: out + err };
}

function commandOf(file: string): [string, ...string[]] {
  if (file.endsWith('.sh')) return ['bash', '-eu', '-o', 'pipefail', file];
  if (file.endsWith('.py')) return [pythonProgram(), file];
  return [process.execPath, '--input-type=module', '-'];
}

function withoutTypes(source: string): string {
  return transformSync(source, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }).code;
}
