import { GantryClient } from '@gantry/client';

const gantry = new GantryClient({
  baseUrl: process.env['GANTRY_URL'] ?? 'http://127.0.0.1:8000',
  apiKey: process.env['GANTRY_API_KEY'],
});

const result = await gantry.execute({
  language: 'python',
  code: 'import sys\nprint(sum(map(int, sys.stdin)))',
  input_data: '1\n2\n3\n',
});
console.log(result.status);
console.log(result.stdout);
