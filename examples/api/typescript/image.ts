import { GantryClient } from '@gantry/client';

const gantry = new GantryClient({
  baseUrl: process.env['GANTRY_URL'] ?? 'http://127.0.0.1:8000',
  apiKey: process.env['GANTRY_API_KEY'],
});

const image = await gantry.createImage({ languages: ['node'], packages: { npm: ['ms@2.1.3'] }, image_name: 'with-ms' });
if (!image.success) throw new Error(image.build_logs.join('\n'));

const result = await gantry.execute({
  language: 'node',
  image_id: 'with-ms',
  code: 'console.log(require("ms")("2 days"))',
});
console.log(result.stdout);
