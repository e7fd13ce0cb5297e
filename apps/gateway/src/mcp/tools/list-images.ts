import { IMAGE_ID, ImageList, packageText, type ImageSummary } from '@gantry/contracts';
import { z } from 'zod';
import { toImageSummary } from '../../http/wire-images.js';
import { defineTool } from '../tool.js';

const MAX_PACKAGES = 20;

export const listImages = defineTool({
  name: 'list_images',
  title: 'List images',
  description:
    'Lists your images of create_image and install_package, newest first: id, names, languages, packages, size. Each id or name is good for image_id.',
  inputSchema: z.strictObject({
    limit: z.int().min(1).max(200).default(50),
    cursor: z.string().regex(IMAGE_ID, 'must be next_cursor of the page before').optional(),
  }),
  outputSchema: ImageList.strip(),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ limit, cursor = null }, { deps, tenant }) {
    const page = await deps.images.list(tenant, { limit, cursor });
    const workers = await deps.workers.list();
    const images = page.images.map((image) => toImageSummary(image, workers));
    const data = { images, next_cursor: page.nextCursor };
    if (images.length === 0) return { data, text: 'No images. Executions run on the images of their languages.' };
    const more = page.nextCursor === null ? [] : ['', `There are more: call again with cursor "${page.nextCursor}".`];
    return { data, text: ['Images:', '', ...images.map(textOf), ...more].join('\n') };
  },
});

function textOf(image: ImageSummary): string {
  const shown = image.packages.slice(0, MAX_PACKAGES).map(packageText);
  const more = image.packages.length > MAX_PACKAGES ? ` and ${image.packages.length - MAX_PACKAGES} more` : '';
  return [
    `- ID: ${image.image_id}`,
    `  Names: ${image.names.join(', ') || 'none'}`,
    `  Languages: ${image.languages.join(', ')}`,
    `  Packages: ${shown.join(', ') || 'none'}${more}`,
    `  Ready: ${image.ready ? 'yes' : 'it is made again when it is needed'}`,
  ].join('\n');
}
