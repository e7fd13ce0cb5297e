import type { InstallOrder } from '@gantry/client';
import type { Command } from 'commander';
import { buildImage, orderOnly } from '../build-image.js';
import { UsageError } from '../cli-error.js';
import { examples, type Cli } from '../cli.js';
import type { Session } from '../session.js';
import { toWebhook, WEBHOOK_OPTION, WEBHOOK_SECRET_OPTION, type WebhookOptions } from '../webhook-options.js';
import { BUILD_NOTES } from './create.js';

interface InstallOptions extends WebhookOptions {
  packageVersion?: string;
  imageName?: string;
  wait: boolean;
}

export function addInstallPackage(program: Command, cli: Cli): void {
  program
    .command('install-package')
    .description('Make a new image with packages on top of another one.')
    .argument('<image_id>', 'id or name of the image, or - for the image of the language')
    .argument('<language>', 'decides the package manager: python pip, node npm, csharp NuGet, bash apt')
    .argument('<package...>', "as people write them for it: 'requests>=2', lodash@4, jq")
    .option('--package-version <version>', 'of a single package, in the syntax of its manager (or --version)')
    .option('-n, --image-name <name>', 'a name for the new image; it moves here if another image has it')
    .option(...WEBHOOK_OPTION)
    .option(...WEBHOOK_SECRET_OPTION)
    .option('--no-wait', 'do not wait for the build; print the id of its job')
    .addHelpText('after', EXAMPLES)
    .action(async (...passed: unknown[]) => {
      const command = passed.at(-1) as Command;
      const [image = '', language = '', ...packages] = command.args;
      const options = command.opts<InstallOptions>();
      const order = toOrder({ image, language, packages }, options);
      cli.exitCode = await install(cli.session(command), order, options.wait);
    });
}

const EXAMPLES =
  examples(
    'gantry install-package science python matplotlib --image-name science',
    'gantry install-package - bash jq --version 1.6-2.1 --image-name with-jq',
    'gantry install-package - node lodash@4 "axios@^1"',
  ) + BUILD_NOTES;

function toOrder(
  { image, language, packages }: { image: string; language: string; packages: string[] },
  options: InstallOptions,
): InstallOrder {
  const version = options.packageVersion;
  const [only = ''] = packages;
  if (version !== undefined && packages.length > 1) {
    throw new UsageError('--version is of a single package. Write versions with the packages: lodash@4 "axios@^1".');
  }
  return {
    language,
    ...(image === '-' ? {} : { image_id: image }),
    ...(packages.length === 1 ? { package_name: only } : { packages }),
    ...(version === undefined ? {} : { package_version: version }),
    ...(options.imageName === undefined ? {} : { image_name: options.imageName }),
    ...toWebhook(options),
  };
}

async function install(session: Session, order: InstallOrder, wait: boolean): Promise<number> {
  const { client } = session;
  if (!wait)
    return orderOnly(
      session,
      () => client.orderPackages(order),
      ({ new_image_id }) => new_image_id,
    );
  return buildImage(
    session,
    (build) => client.installPackages(order, build),
    ({ new_image_id }) => new_image_id,
  );
}
