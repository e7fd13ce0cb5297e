import type { ImageOrder } from '@gantry/client';
import type { Command } from 'commander';
import { buildImage, orderOnly } from '../build-image.js';
import { examples, type Cli } from '../cli.js';
import { fileOrStdin } from '../exec-plan.js';
import { inlineContent, parseFileArgument } from '../input-files.js';
import { collect, parseEnv } from '../parse-values.js';
import { readSource } from '../read-source.js';
import type { Session } from '../session.js';
import { toWebhook, WEBHOOK_OPTION, WEBHOOK_SECRET_OPTION, type WebhookOptions } from '../webhook-options.js';

interface CreateOptions extends WebhookOptions {
  imageName?: string;
  pip?: string[];
  npm?: string[];
  nuget?: string[];
  apt?: string[];
  env?: Record<string, string>;
  base?: string;
  dockerfile?: string;
  file?: string[];
  wait: boolean;
}

export function addCreate(program: Command, cli: Cli): void {
  program
    .command('create')
    .description('Make an image with languages and packages, for exec --image.')
    .argument('<languages...>', 'see "gantry runtimes"')
    .option('-n, --image-name <name>', 'a name for it, yours alone; it moves here if another image has it')
    .option(
      '--pip <package>',
      'a Python package: requests, "numpy>=2,<3" (may be repeated, as the next three)',
      collect,
    )
    .option('--npm <package>', 'a Node.js package: lodash@^4.17', collect)
    .option('--nuget <package>', 'a .NET package: Newtonsoft.Json:13.0.3', collect)
    .option('--apt <package>', 'a Debian package: jq, jq=1.6-2.1', collect)
    .option('-e, --env <NAME=value>', 'what programs find in their environment (may be repeated)', parseEnv)
    .option('--base <image>', 'a base image, where the operator allows others than Debian')
    .option('--dockerfile <file>', 'a Dockerfile, where the operator allows it')
    .option('-f, --file <path[:target]>', 'a file that COPY of the Dockerfile takes (may be repeated)', collect)
    .option(...WEBHOOK_OPTION)
    .option(...WEBHOOK_SECRET_OPTION)
    .option('--no-wait', 'do not wait for the build; print the id of its job')
    .addHelpText('after', EXAMPLES)
    .action(async (languages: string[], options: CreateOptions, command: Command) => {
      cli.exitCode = await create(cli.session(command), languages, options);
    });
}

export const BUILD_NOTES = `
Exit code: 0 when the image is there; 124 when the build took too long; 130 cancelled; 1 any other failure.
Ctrl-C cancels the build and waits for its end; a second one leaves at once.
`;

const EXAMPLES =
  examples(
    'gantry create python node bash --image-name tools',
    'gantry create python --pip numpy --pip "pandas>=2" --apt graphviz --image-name science',
    `gantry exec --image science python 'import numpy; print(numpy.pi)'`,
    'job=$(gantry create rust --no-wait) && gantry logs -f "$job"',
  ) + BUILD_NOTES;

async function create(session: Session, languages: string[], options: CreateOptions): Promise<number> {
  const order = await toOrder(session, languages, options);
  const { client } = session;
  if (!options.wait)
    return orderOnly(
      session,
      () => client.orderImage(order),
      ({ image_id }) => image_id,
    );
  return buildImage(
    session,
    (build) => client.createImage(order, build),
    ({ image_id }) => image_id,
  );
}

/** Only what was asked for is in it. */
async function toOrder(session: Session, languages: string[], options: CreateOptions): Promise<ImageOrder> {
  const { imageName, env, base, dockerfile, pip, npm, nuget, apt } = options;
  const packages = Object.entries({ pip, npm, nuget, apt }).filter(([, wanted]) => wanted !== undefined);
  const files = await Promise.all((options.file ?? []).map(contextFile));
  const custom = dockerfile === undefined ? null : await readSource(fileOrStdin(dockerfile), session.io.stdin);
  return {
    languages,
    ...(imageName === undefined ? {} : { image_name: imageName }),
    ...(packages.length === 0 ? {} : { packages: Object.fromEntries(packages) }),
    ...(env === undefined ? {} : { environment: env }),
    ...(base === undefined ? {} : { base_os: base }),
    ...(custom === null ? {} : { custom_dockerfile: custom }),
    ...(files.length === 0 ? {} : { files }),
    ...toWebhook(options),
  };
}

async function contextFile(text: string): Promise<NonNullable<ImageOrder['files']>[number]> {
  const { path, target } = await parseFileArgument(text);
  return { path: target, ...(await inlineContent(path)) };
}
