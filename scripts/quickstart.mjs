import { runCommand } from './lib/command-life.mjs';
import { examples, faultOf } from './lib/examples.mjs';
import { findFreePort } from './lib/port.mjs';
import { execute } from './lib/rest-client.mjs';
import { startService } from './lib/service.mjs';
import { setUp } from './lib/setup.mjs';

const NEXT = `
What to try next

  npm start                       serves on http://127.0.0.1:8000 until Ctrl-C
  curl -s http://127.0.0.1:8000/execute -H 'content-type: application/json' \\
       -d '{"language": "python", "code": "print(6 * 7)"}'
  http://127.0.0.1:8000/docs      the whole API
  http://127.0.0.1:8000/mcp       the MCP endpoint (streamable HTTP) for an agent
  npx gantry exec python 'print("Hello from Python!")'
`;

function printResult(result) {
  const memory = result.usage?.peak_memory_bytes;
  const facts = [
    result.execution_id,
    result.status,
    `exit code ${result.exit_code}`,
    `${Number(result.execution_time_seconds).toFixed(3)} s`,
    memory ? `peak memory ${(memory / 2 ** 20).toFixed(1)} MiB` : 'peak memory not measured',
  ];
  process.stdout.write(`  → ${facts.join(' · ')}\n`);
}

async function runExample(baseUrl, example, signal) {
  process.stdout.write(`\n${example.title} (examples/${example.file})\n`);
  let atStart = true;
  const onOutput = (stream, text) => {
    const indented = text.replace(/\n(?=[^])/g, '\n  │ ');
    (stream === 'stderr' ? process.stderr : process.stdout).write(`${atStart ? '  │ ' : ''}${indented}`);
    atStart = text.endsWith('\n');
  };
  const result = await execute(baseUrl, { language: example.language, code: example.code }, { onOutput, signal });
  if (!atStart) process.stdout.write('\n');
  printResult(result);
  const fault = faultOf(example, result);
  if (fault !== null) process.stderr.write(`  ✘ expected another outcome: the program ${fault}\n`);
  return fault === null;
}

await runCommand('quickstart', async (life) => {
  process.stdout.write('Gantry quick start\n\n');
  const { progress, stack, signal } = life;
  const parts = await setUp(life);
  const service = await progress.stage('Gateway, worker', async () => {
    const port = await findFreePort();
    // Beside another run on the same engine or Redis, each sees only what is its own.
    const env = { DEPLOYMENT: `quickstart-${process.pid}`, RETENTION_SECONDS: '600' };
    const started = await startService(parts, { host: '127.0.0.1', port, name: 'quickstart', env, signal });
    stack.defer('Gateway and worker', () => started.stop());
    return { value: started, note: started.baseUrl };
  });
  let failures = 0;
  for (const example of examples) failures += (await runExample(service.baseUrl, example, signal)) ? 0 : 1;
  await stack.close();
  if (failures === 0) process.stdout.write(NEXT);
  return failures === 0 ? 0 : 1;
});
