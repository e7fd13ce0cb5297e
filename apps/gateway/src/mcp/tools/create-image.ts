import { CreateImageRequest } from '@gantry/contracts';
import type { ImageRules, RuntimeCatalog } from '@gantry/core';
import { z } from 'zod';
import { toCreateOrder, toCreateView } from '../../http/wire-images.js';
import { buildImage, CreateAnswer, imageText, isFailure, MaxLogChars, withCappedLog } from '../image-answer.js';
import { WaitSeconds } from '../program-arguments.js';
import { defineTool, type Tool } from '../tool.js';

const { languages, image_name, packages, environment, base_os, custom_dockerfile, files, webhook } =
  CreateImageRequest.shape;

const inputSchema = z.strictObject({
  languages: languages.describe('Names or aliases of runtimes, as list_runtimes tells them.'),
  image_name: image_name
    .unwrap()
    .unwrap()
    .optional()
    .describe('Yours alone; usable as image_id. It moves to this image.'),
  packages,
  environment,
  base_os: base_os.unwrap().unwrap().optional().describe('Leave out for Debian bookworm.'),
  custom_dockerfile: custom_dockerfile
    .unwrap()
    .unwrap()
    .optional()
    .describe('FROM, RUN, COPY, ENV, WORKDIR, ARG and USER.'),
  files: files.unwrap().optional(),
  webhook: webhook.unwrap().unwrap().optional(),
  wait_seconds: WaitSeconds,
  max_log_chars: MaxLogChars,
});

/** Offers only what this deployment allows. */
export function createImage(facts: { runtimes: RuntimeCatalog; imageRules: ImageRules }): Tool {
  const { allowedBases, customDockerfile } = facts.imageRules;
  const bases = allowedBases.length === 0 ? '' : ` base_os may be one of: ${allowedBases.join(', ')}.`;
  const hidden = {
    ...(allowedBases.length === 0 ? { base_os: true as const } : {}),
    ...(customDockerfile ? {} : { custom_dockerfile: true as const, files: true as const }),
  };
  return defineTool({
    name: 'create_image',
    title: 'Create an image',
    description: [
      'Makes an image with several languages, packages and environment variables, and gives its id for image_id of execute_code.',
      `The same content is the same image, answered at once the second time.${bases}`,
      'Use install_package to add packages to one language or to an image that you have.',
      'Programs have no package manager at run time, so what they import must be in their image.',
      'A build may take minutes: if it does not end within wait_seconds it goes on; call get_image_job with its job_id.',
    ].join(' '),
    // What is hidden is optional, so it is only never there.
    inputSchema: inputSchema.omit(hidden) as unknown as typeof inputSchema,
    outputSchema: CreateAnswer,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    async run({ wait_seconds, max_log_chars, ...args }, context) {
      const body = { requirements: {}, system_packages: [], ...args, files: args.files ?? [], wait_seconds };
      const { tenant, caps } = context;
      const sender = { tenant, storageBytes: caps?.storageBytes ?? null, idempotencyKey: null };
      const outcome = await buildImage(toCreateOrder(body, sender, facts.runtimes), wait_seconds, context);
      const data = withCappedLog(toCreateView(outcome), max_log_chars);
      const lines = [
        `- Image ID: ${data.image_id ?? 'none'}`,
        `- Image Name: ${data.image_name ?? 'none'}`,
        `- Languages: ${args.languages.join(', ')}`,
        ...(data.build_seconds === null ? [] : [`- Build Time: ${data.build_seconds.toFixed(2)}s`]),
      ];
      const told = {
        done: 'Image Created Successfully:',
        failed: 'Image Creation Failed:',
        lines,
        logTitle: 'Build Logs:',
      };
      return { data, text: imageText(told, data), failed: isFailure(data) };
    },
  });
}
