import { GantryClient } from '@gantry/client';

const gantry = new GantryClient({
  baseUrl: process.env['GANTRY_URL'] ?? 'http://127.0.0.1:8000',
  apiKey: process.env['GANTRY_API_KEY'],
});

const result = await gantry.execute({
  language: 'bash',
  code: 'sort in/words.txt > sorted.txt',
  files: [{ path: 'in/words.txt', content: 'pear\napple\nfig\n' }],
  artifacts: ['*.txt'],
});
for (const { path, size } of result.artifacts) {
  console.log(`${path}: ${size} bytes`);
  for await (const bytes of await gantry.downloadArtifact(result.execution_id, path)) process.stdout.write(bytes);
}
