import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './machine.mjs';

function read(name) {
  return readFileSync(join(repository, 'examples', name), 'utf8');
}

/** The programs that show that a deployment works, each with the exact output that it must have. */
export const examples = [
  { title: 'Python', language: 'python', file: 'fibonacci.py', expected: read('fibonacci.expected.txt') },
  { title: 'Node.js', language: 'node', file: 'hello.js', expected: 'Hello from Node.js!\n' },
  { title: 'Bash', language: 'bash', file: 'hello.sh', expected: 'Hello from Bash!\n' },
  { title: 'C#', language: 'csharp', file: 'hello.cs', expected: 'Hello from C#!\n' },
].map((example) => ({ ...example, code: read(example.file) }));

/** What is wrong with a result; `null` when it is what the example must give. */
export function faultOf(example, result) {
  if (result.status !== 'completed' || result.exit_code !== 0)
    return `ended as ${result.status} with exit code ${result.exit_code}`;
  return result.stdout === example.expected ? null : `printed ${JSON.stringify(result.stdout)}`;
}
