import { z } from 'zod';
import { MAX_PACKAGE_TEXT } from '../package-name.js';
import { ImageName, WaitSeconds } from './image-request.js';
import { webhookField } from './webhook-request.js';

const MAX_AT_ONCE = 200;

export const InstallPackageRequest = z
  .strictObject({
    image_id: z.string().min(1).max(255).nullish().describe('Id or name; default: the image of the language.'),
    language: z
      .string()
      .min(1)
      .max(64)
      .describe('Decides the package manager: python pip, node npm, csharp NuGet, bash apt.'),
    package_name: z.string().max(MAX_PACKAGE_TEXT).nullish().describe('One package.'),
    package_version: z
      .string()
      .max(MAX_PACKAGE_TEXT)
      .nullish()
      .describe("Of package_name, in the manager's own syntax."),
    packages: z
      .array(z.string().max(MAX_PACKAGE_TEXT))
      .max(MAX_AT_ONCE)
      .default([])
      .describe('Several at once, as people write them for the manager.'),
    build_new_image: z.boolean().default(true).describe('Must be true: containers run one execution and are gone.'),
    image_name: ImageName.nullish(),
    webhook: webhookField,
    wait_seconds: WaitSeconds,
  })
  .superRefine(({ package_name, package_version, packages }, context) => {
    const issue = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (package_name == null && packages.length === 0) issue('package_name', 'must be given, or packages');
    if (package_version != null && package_name == null) issue('package_version', 'needs package_name');
  });
export type InstallPackageRequest = z.infer<typeof InstallPackageRequest>;
/** As a client writes it, before the defaults. */
export type InstallPackageRequestInput = z.input<typeof InstallPackageRequest>;
