import { InstallPackageRequest } from '@gantry/contracts';
import { z } from 'zod';
import { validate } from '../../http/validate.js';
import { toInstallOrder, toInstallView } from '../../http/wire-images.js';
import { buildImage, imageText, InstallAnswer, isFailure, MaxLogChars, withCappedLog } from '../image-answer.js';
import { WaitSeconds } from '../program-arguments.js';
import { defineTool } from '../tool.js';

const { image_id, language, package_name, package_version, packages, build_new_image, image_name, webhook } =
  InstallPackageRequest.shape;

export const installPackage = defineTool({
  name: 'install_package',
  title: 'Install packages',
  description: [
    'Makes a new image that has packages on top of another, and gives its id (new_image_id) for image_id of execute_code; the old image stays as it is.',
    'The language decides the package manager: python pip, node npm, csharp NuGet, bash apt.',
    'Several packages for one program: give them all in packages at once. A build may take minutes:',
    'if it does not end within wait_seconds it goes on; call get_image_job with its job_id.',
  ].join(' '),
  inputSchema: z.strictObject({
    package_name: package_name.unwrap().unwrap().optional().describe('One package, e.g. requests or lodash.'),
    language,
    image_id: image_id.unwrap().unwrap().optional().describe('Id or name. Leave out for the image of the language.'),
    package_version: package_version
      .unwrap()
      .unwrap()
      .optional()
      .describe("Of package_name, in the manager's own syntax: 2.31.0, >=2,<3, ^4.17."),
    packages,
    build_new_image,
    image_name: image_name
      .unwrap()
      .unwrap()
      .optional()
      .describe('Yours alone; usable as image_id. It moves to this image.'),
    webhook: webhook.unwrap().unwrap().optional(),
    wait_seconds: WaitSeconds,
    max_log_chars: MaxLogChars,
  }),
  outputSchema: InstallAnswer,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  async run({ max_log_chars, ...args }, context) {
    const body = validate(InstallPackageRequest, args);
    const order = toInstallOrder(body, { tenant: context.tenant, idempotencyKey: null });
    const data = withCappedLog(toInstallView(await buildImage(order, body.wait_seconds, context)), max_log_chars);
    const wanted = [body.package_name ?? [], ...body.packages].flat();
    const lines = [
      `- Package: ${wanted.join(', ')}`,
      `- Language: ${body.language}`,
      `- New Image ID: ${data.new_image_id ?? 'none'}`,
      ...(data.image_name === null ? [] : [`- Image Name: ${data.image_name}`]),
      ...(data.build_seconds === null ? [] : [`- Installation Time: ${data.build_seconds.toFixed(2)}s`]),
    ];
    const done = 'Package Installed Successfully:';
    const told = { done, failed: 'Package Installation Failed:', lines, logTitle: 'Installation Logs:' };
    return { data, text: imageText(told, data), failed: isFailure(data) };
  },
});
