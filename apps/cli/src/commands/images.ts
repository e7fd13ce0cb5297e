import type { ImageSummary } from '@gantry/contracts';
import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatImage, formatImages } from '../format-images.js';
import { visible } from '../format-values.js';
import { parseCount } from '../parse-values.js';
import type { Session } from '../session.js';

const MAX_PAGE = 200;

/** `images`, `image` and `delete-image`. */
export function addImages(program: Command, cli: Cli): void {
  program
    .command('images')
    .description('List images, newest first.')
    .option('-n, --limit <count>', 'at most so many', parseCount, 50)
    .addHelpText('after', examples('gantry images', 'gantry images --json'))
    .action(async ({ limit }: { limit: number }, command: Command) => listImages(cli.session(command), limit));
  program
    .command('image')
    .description('Show what an image is made of, and where it is.')
    .argument('<image_id>', 'id or name, as create and images print them')
    .addHelpText('after', examples('gantry image science', 'gantry image img_0a1b… --json'))
    .action(async (id: string, _options: object, command: Command) => showImage(cli.session(command), id));
  program
    .command('delete-image')
    .description('Forget an image and its names; refused while executions run on it.')
    .argument('<image_id>', 'id or name, as create and images print them')
    .addHelpText('after', examples('gantry delete-image science'))
    .action(async (id: string, _options: object, command: Command) => deleteImage(cli.session(command), id));
}

async function listImages(session: Session, limit: number): Promise<void> {
  const images: ImageSummary[] = [];
  for await (const image of session.client.listImages({ pageSize: Math.min(limit, MAX_PAGE) })) {
    images.push(image);
    if (images.length >= limit) break;
  }
  if (session.json) await session.printJson({ images });
  else await session.print(formatImages(images, session.paint));
}

async function showImage(session: Session, id: string): Promise<void> {
  const image = await session.client.getImage(id);
  if (session.json) await session.printJson(image);
  else await session.print(formatImage(image, session.paint));
}

async function deleteImage(session: Session, id: string): Promise<void> {
  const deleted = await session.client.deleteImage(id);
  if (session.json) await session.printJson(deleted);
  else await session.print(`${visible(deleted.image_id)} is deleted.\n`);
}
