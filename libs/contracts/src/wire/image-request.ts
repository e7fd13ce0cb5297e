import { z } from 'zod';
import { isRefusedVariable, REFUSED_VARIABLE } from '../build-environment.js';
import { imageNameFault } from '../image-name.js';
import { parsePackage } from '../package-name.js';
import type { PackageManager } from '../recipe.js';
import { checked, contentFault, ContentEncoding, pathFault } from './file-rules.js';
import { EnvironmentName } from './rules.js';
import { webhookField } from './webhook-request.js';

const MAX_PACKAGES = 200;
const MAX_VARIABLES = 64;
const MAX_DOCKERFILE_CHARACTERS = 64 * 1024;
const MAX_CONTEXT_FILES = 256;

export const ImageName = checked(imageNameFault).describe(
  'Lower case; yours alone. Points to the new image from then on.',
);

/** Packages of one manager, as people write them for it. */
function packagesOf(manager: PackageManager): z.ZodType<string[]> {
  const one = z.string().superRefine((text, context) => {
    const parsed = parsePackage(manager, text);
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
  });
  return z.array(one).max(MAX_PACKAGES);
}

export const Packages = z
  .strictObject({
    pip: packagesOf('pip').default([]).describe('requests==2.31.0, uvicorn[standard]>=0.23,<1'),
    npm: packagesOf('npm').default([]).describe('lodash@^4.17, @types/node'),
    nuget: packagesOf('nuget').default([]).describe('Newtonsoft.Json:13.0.3'),
    apt: packagesOf('apt').default([]).describe('jq, jq=1.6-2.1'),
  })
  .describe('By package manager, as people write them for it.');

/** Package managers or languages, each with its packages: a list, or one string with white space between them. */
const Requirements = z
  .record(z.string().max(64), z.union([z.string().max(20_000), z.array(z.string()).max(MAX_PACKAGES)]))
  .refine((map) => Object.keys(map).length <= 32, 'must have at most 32 entries')
  .describe('By manager or language: {"python": "requests==2.31.0 numpy"}. The same as packages.');

const EnvironmentValue = z
  .string()
  .max(8192)
  .refine((value) => !/[\u0000-\u001f\u007f]/.test(value), 'must not contain control characters or line breaks');

/** What all programs and later builds of the image find in their environment. */
export const ImageEnvironment = z
  .record(EnvironmentName, EnvironmentValue)
  .superRefine((environment, context) => {
    const names = Object.keys(environment);
    if (names.length > MAX_VARIABLES)
      context.addIssue({ code: 'custom', message: `must have at most ${MAX_VARIABLES} entries` });
    for (const name of names.filter(isRefusedVariable)) {
      context.addIssue({ code: 'custom', path: [name], message: REFUSED_VARIABLE });
    }
  })
  .describe('What programs on the image find in their environment.');

/** A file that COPY of a custom Dockerfile may take. */
export const ContextFile = z
  .strictObject({
    path: checked(pathFault).describe('As COPY names it.'),
    content: z.string(),
    encoding: ContentEncoding,
  })
  .superRefine(({ content, encoding }, context) => {
    const fault = contentFault(content, encoding);
    if (fault !== null) context.addIssue({ code: 'custom', path: ['content'], message: fault });
  });

export const WaitSeconds = z
  .number()
  .min(0)
  .max(300)
  .default(30)
  .describe('How long the answer may wait for the end; 0 answers at once with 202.');

export const CreateImageRequest = z.strictObject({
  languages: z.array(z.string().min(1).max(64)).min(1).max(64).describe('Names or aliases of runtimes; at least one.'),
  requirements: Requirements.default({}),
  image_name: ImageName.nullish(),
  custom_dockerfile: z
    .string()
    .max(MAX_DOCKERFILE_CHARACTERS)
    .nullish()
    .describe('Only where the operator allows it: FROM, RUN, COPY, ENV, WORKDIR, ARG, USER.'),
  base_os: z.string().min(1).max(255).nullish().describe('Default: Debian bookworm, the base of the languages.'),
  packages: Packages.prefault({}),
  system_packages: packagesOf('apt').default([]).describe('The same as packages.apt.'),
  environment: ImageEnvironment.default({}),
  files: z.array(ContextFile).max(MAX_CONTEXT_FILES).default([]).describe('For COPY of custom_dockerfile.'),
  webhook: webhookField,
  wait_seconds: WaitSeconds,
});
export type CreateImageRequest = z.infer<typeof CreateImageRequest>;
/** As a client writes it, before the defaults. */
export type CreateImageRequestInput = z.input<typeof CreateImageRequest>;
