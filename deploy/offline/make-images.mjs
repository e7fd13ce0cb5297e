import { createDocker } from '../../scripts/lib/docker-cli.mjs';
import { standIns } from './stand-ins.mjs';

// `node deploy/offline/make-images.mjs [IMAGE…]`: makes the stand-ins that the engine does not have, without asking a registry.
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(standIns);
const say = (text) => process.stdout.write(`${text}\n`);
const docker = createDocker(process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock', { log: process.stderr });

async function make(reference) {
  if (!standIns[reference])
    throw new Error(`There is no stand-in for ${reference}; there are: ${Object.keys(standIns).join(', ')}`);
  if (await docker.hasImage(reference)) return say(`${reference}: present`);
  for (const base of standIns[reference].needs) await make(base);
  await standIns[reference].make(docker, reference, {
    log: process.stderr,
    say: (step) => say(`${reference}: ${step}`),
  });
  return say(`${reference}: made`);
}

for (const reference of wanted) await make(reference);
