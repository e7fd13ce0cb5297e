import { GantryApiError, GantryClient } from '@gantry/client';

const gantry = new GantryClient({
  baseUrl: process.env['GANTRY_URL'] ?? 'http://127.0.0.1:8000',
  apiKey: process.env['GANTRY_API_KEY'],
});

// A refusal is an error with a stable code. Nothing was run.
try {
  await gantry.execute({ language: 'latin', code: 'salve' });
} catch (error) {
  if (!(error instanceof GantryApiError)) throw error;
  console.log(`${error.status} ${error.code}, repeat: ${error.retryable}`);
}

// The client repeats what may pass, with an idempotency key of its own for each call. Give one to go on after a restart of yours.
const failing = { language: 'python', code: 'raise SystemExit(3)' };
const idempotencyKey = crypto.randomUUID();
const first = await gantry.execute(failing, { idempotencyKey });
const again = await gantry.execute(failing, { idempotencyKey });
console.log(new Set([first.execution_id, again.execution_id]).size);
