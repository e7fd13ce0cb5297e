import { createHash } from 'node:crypto';

/** What the programs do; the names are those of the plan. */
export const PROGRAM_KINDS = [
  'hello',
  'sequence',
  'slow',
  'failing',
  'timeout',
  'endless',
  'big',
  'stdin',
  'artifact',
] as const;
export type ProgramKind = (typeof PROGRAM_KINDS)[number];

/** A program and everything that it may truthfully be said to have done. */
export interface Program {
  request: Record<string, unknown> & { language: string; code: string };
  /** All that it writes to standard output when nobody disturbs it; what ends early has written a beginning of it. */
  stdout: string;
  end: { status: 'completed' | 'failed' | 'timeout' | 'cancelled'; reason: string; exitCode: number | null };
  /** How long it runs when nobody disturbs it. */
  runMs: number;
  /** Lines to write to its standard input while it runs. */
  input: string[];
  artifact: { path: string; sha256: string } | null;
}

/** Nobody knows it who has not the plan: output with it can only come from its own program. */
export function tokenOf(seed: string, n: number): string {
  return `tok_${createHash('sha256').update(`${seed}:${n}`).digest('hex').slice(0, 32)}`;
}

/** The first that every program writes. Whoever sees it pass knows that the program has been started. */
export const BEGIN = 'begin tok_';

const DONE = { status: 'completed', reason: 'exit_code', exitCode: 0 } as const;
const BIG_LINES = 12_000;

/** @param size decides how long it takes: 1 is the shortest, 4 the longest */
export function programFor(
  kind: ProgramKind,
  language: 'python' | 'bash' | 'node',
  token: string,
  size: number,
): Program {
  const begin = `begin ${token}\n`;
  const end = `end ${token}\n`;
  const plain = { stdout: begin + end, end: DONE, runMs: 50, input: [], artifact: null };
  switch (kind) {
    case 'hello':
      return { ...plain, request: { language, code: helloIn(language, token) } };
    case 'sequence': {
      const lines = Array.from({ length: 5 * size }, (_, i) => `${token} ${i + 1}\n`);
      const code = `import time\nprint("begin ${token}", flush=True)\nfor i in range(${lines.length}):\n    time.sleep(0.4)\n    print("${token}", i + 1, flush=True)\nprint("end ${token}")`;
      return {
        ...plain,
        request: { language: 'python', code },
        stdout: begin + lines.join('') + end,
        runMs: 400 * lines.length,
      };
    }
    case 'slow': {
      const code = `echo "begin ${token}"; sleep ${size}; echo "end ${token}"`;
      return { ...plain, request: { language: 'bash', code }, runMs: 1000 * size };
    }
    case 'failing': {
      const code = `echo "begin ${token}"; echo "end ${token}"; exit 3`;
      return {
        ...plain,
        request: { language: 'bash', code },
        end: { status: 'failed', reason: 'exit_code', exitCode: 3 },
      };
    }
    case 'timeout': {
      const code = `echo "begin ${token}"; sleep 60; echo "end ${token}"`;
      const request = { language: 'bash', code, resource_limits: { timeout_seconds: 1 } };
      return {
        ...plain,
        request,
        stdout: begin,
        end: { status: 'timeout', reason: 'wall_time_limit', exitCode: null },
        runMs: 1000,
      };
    }
    case 'endless': {
      const code = `echo "begin ${token}"; sleep 600`;
      const request = { language: 'bash', code, resource_limits: { timeout_seconds: 600 } };
      return {
        ...plain,
        request,
        stdout: begin,
        end: { status: 'cancelled', reason: 'cancelled', exitCode: null },
        runMs: 600_000,
      };
    }
    case 'big': {
      const line = (i: number): string => `${token} ${String(i).padStart(6, '0')} ${'x'.repeat(60)}\n`;
      const code = `import sys\nsys.stdout.write("begin ${token}\\n")\nfor i in range(${BIG_LINES}):\n    sys.stdout.write("${token} %06d %s\\n" % (i, "x" * 60))\nsys.stdout.write("end ${token}\\n")`;
      const stdout = begin + Array.from({ length: BIG_LINES }, (_, i) => line(i)).join('') + end;
      return {
        ...plain,
        request: { language: 'python', code, resource_limits: { max_output_bytes: 4 * 1024 * 1024 } },
        stdout,
        runMs: 300,
      };
    }
    case 'stdin': {
      const input = Array.from({ length: 2 + size }, (_, i) => `line ${i} ${token}\n`);
      const code = `import sys\nprint("begin ${token}", flush=True)\nfor line in sys.stdin:\n    print("read", line, end="", flush=True)\nprint("end ${token}")`;
      const stdout = begin + input.map((line) => `read ${line}`).join('') + end;
      return { ...plain, request: { language: 'python', code, stdin: 'stream' }, stdout, input, runMs: 500 };
    }
    case 'artifact': {
      const content = `${token}\n`.repeat(5000);
      const code = `print("begin ${token}")\nopen("out.txt", "w").write("${token}\\n" * 5000)\nprint("end ${token}")`;
      const artifact = { path: 'out.txt', sha256: createHash('sha256').update(content).digest('hex') };
      return { ...plain, request: { language: 'python', code, artifacts: ['*.txt'] }, artifact, runMs: 100 };
    }
  }
}

function helloIn(language: 'python' | 'bash' | 'node', token: string): string {
  switch (language) {
    case 'python':
      return `print("begin ${token}")\nprint("end ${token}")`;
    case 'bash':
      return `echo "begin ${token}"; echo "end ${token}"`;
    case 'node':
      return `console.log("begin ${token}"); console.log("end ${token}")`;
  }
}
