#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runCli } from './program.js';

const { env } = process;
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const wantsColour = !env['NO_COLOR'] && env['TERM'] !== 'dumb';

/** A key: its value, or what is in the file that NAME_FILE names. */
function key(name: string): string | undefined {
  const file = env[`${name}_FILE`];
  return (file ? readFileSync(file, 'utf8').trim() : env[name]) || undefined;
}

// Each write reports its own failure; without a listener a closed pipe would end the process with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

function onInterrupt(listener: () => void): () => void {
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return () => void process.off('SIGINT', listener).off('SIGTERM', listener);
}

// The exit code is set rather than forced, so that what is written reaches a slow reader.
process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  bars: process.stderr.isTTY && env['TERM'] !== 'dumb',
  terminal: process.stdout.isTTY && env['TERM'] !== 'dumb',
  colour: { stdout: wantsColour && process.stdout.isTTY, stderr: wantsColour && process.stderr.isTTY },
  defaults: {
    baseUrl: env['GANTRY_URL'] || 'http://127.0.0.1:8000',
    apiKey: key('GANTRY_API_KEY'),
    adminUrl: env['GANTRY_ADMIN_URL'] || 'http://127.0.0.1:9465',
    adminKey: key('GANTRY_ADMIN_KEY'),
  },
  version,
  onInterrupt,
  exitNow: (code) => process.exit(code),
});
