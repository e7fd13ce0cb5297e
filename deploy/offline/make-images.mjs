import { createDocker } from '../../scripts/lib/docker-cli.mjs';
import { standIns, withoutStandIn } from './stand-ins.mjs';

// `node deploy/offline/make-images.mjs [IMAGE…]`: makes the stand-ins that the engine does not have, without asking a registry.
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(standIns);
const say = (text) => process.stdout.write(`${text}\n`);
const docker = createDocker(process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock', { log: process.stderr });

async function make(reference) {
  if (await docker.hasImage(reference)) return say(`${reference}: present`);
  if (!standIns[reference]) {
    const reason = withoutStandIn[reference] ?? `there are: ${Object.keys(standIns).join(', ')}`;
    throw new Error(`There is no stand-in for ${reference}: ${reason}`);
  }
  for (const base of standIns[reference].needs) await make(base);
  await standIns[reference].make(docker, reference, {
    log: process.stderr,
    say: (step) => say(`${reference}: ${step}`),
  });
  return say(`${reference}: made`);
}

try {
  for (const reference of wanted) await make(reference);
  if (process.argv.length <= 2)
    for (const [reference, reason] of Object.entries(withoutStandIn)) say(`${reference}: not made: ${reason}`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
