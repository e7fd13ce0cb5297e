import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dockerHost } from './requirements.js';

const run = promisify(execFile);
const docker = (...args: string[]): Promise<{ stdout: string }> => run('docker', ['--host', dockerHost(), ...args]);

async function tagsOf(deployment: string): Promise<string[]> {
  const filter = `label=gantry.image-deployment=${deployment}`;
  const { stdout } = await docker('images', '--filter', filter, '--format', '{{.Repository}}:{{.Tag}}');
  return stdout.split('\n').filter((tag) => tag !== '' && !tag.includes('<none>'));
}

/** Recipes of which this deployment has made an image that is still there. */
export async function imagesOf(deployment: string): Promise<string[]> {
  const tags = await tagsOf(deployment);
  return tags.map((tag) => `img_${/:([0-9a-f]{32})-/.exec(tag)?.[1]}`);
}

export async function removeImagesOf(deployment: string): Promise<void> {
  const tags = await tagsOf(deployment);
  if (tags.length > 0) await docker('rmi', '--force', ...tags);
}
