import { GantryClient } from '@gantry/client';

const gantry = new GantryClient({
  baseUrl: process.env['GANTRY_URL'] ?? 'http://127.0.0.1:8000',
  apiKey: process.env['GANTRY_API_KEY'],
});

const { execution_id: id } = await gantry.submit({
  language: 'bash',
  code: 'for i in 1 2 3; do echo step $i; sleep 0.3; done',
});
// A broken connection is made again, without a gap or a duplicate.
const result = await gantry.follow(id, { onOutput: ({ bytes }) => void process.stdout.write(bytes) });
console.log(result.status);
