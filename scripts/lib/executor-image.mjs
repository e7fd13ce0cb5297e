import { join } from 'node:path';
import { hashInputs, listFiles, withContext } from './build-context.mjs';
import { readExtraCertificates, writeCertificates } from './extra-certificates.mjs';
import { ensureImage, pullImage } from './images.mjs';

const DOCKERFILE = 'Dockerfile.executor';
const BASE = 'debian:bookworm-slim';
const NODE = 'node:22-bookworm-slim';
const DOTNET = 'mcr.microsoft.com/dotnet/sdk:8.0-bookworm-slim';
const INPUTS = [DOCKERFILE, 'libs/sandbox/init', 'libs/runtimes/csharp', 'deploy/certificates/README.md'];
const NOT_INPUTS = [
  /^libs\/sandbox\/init\/(build|tests|fuzz|.*\.md)$/,
  /^libs\/runtimes\/csharp\/[^/]+\.[a-z]+$/,
  /^libs\/runtimes\/csharp\/tests$/,
];

function describeInputs() {
  return { files: listFiles(INPUTS, NOT_INPUTS), certificates: readExtraCertificates() };
}

/** The image's name for these sources. Two clones with the same sources share it. */
export function executorTag(inputs, dotnetImage) {
  return `gantry/executor:${hashInputs(inputs.files, [dotnetImage, ...inputs.certificates])}`;
}

/** .NET where its SDK's image can be had, else the base image's own name: the Dockerfile installs Mono then. */
async function chooseDotnetImage(docker, options) {
  if (process.env.DOTNET_IMAGE) return process.env.DOTNET_IMAGE;
  return (await docker.hasImage(DOTNET)) || (await pullImage(docker, DOTNET, options)) ? DOTNET : BASE;
}

async function build(docker, { tag, inputs, dotnetImage }, { say, signal }) {
  const prepare = (context) => writeCertificates(context, inputs.certificates);
  const onLine = (line) => /^Step \d+\/\d+ : (RUN|COPY)/.test(line) && say(line.replace(/\s+/g, ' ').slice(0, 90));
  // Images made from this one are named after its sources, so that every engine of a fleet gives them the same name.
  const label = `gantry.inputs=${tag.split(':').at(-1)}`;
  const options = ['--tag', tag, '--label', label, '--build-arg', `DOTNET_IMAGE=${dotnetImage}`];
  await withContext(inputs.files, prepare, (context) =>
    docker.build([...options, '--file', join(context, DOCKERFILE), context], { onLine, signal }),
  );
}

/** Sees to it that the engine has the image that user code runs in. Returns its name and whether it was there. */
export async function ensureExecutorImage(docker, options) {
  const inputs = describeInputs();
  const candidates = process.env.DOTNET_IMAGE ? [process.env.DOTNET_IMAGE] : [DOTNET, BASE];
  for (const dotnetImage of candidates) {
    const tag = executorTag(inputs, dotnetImage);
    if (await docker.hasImage(tag)) return { tag, present: true };
  }
  await ensureImage(docker, BASE, options);
  await ensureImage(docker, NODE, options);
  const dotnetImage = await chooseDotnetImage(docker, options);
  const tag = executorTag(inputs, dotnetImage);
  await build(docker, { tag, inputs, dotnetImage }, options);
  return { tag, present: false };
}
