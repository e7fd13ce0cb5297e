import { ROLES, type KeyView, type Role } from '@gantry/contracts';
import { Option, type Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatKey, formatKeys } from '../format-keys.js';
import { visible } from '../format-values.js';
import { addLimitOptions, splitLimits, type LimitOptions } from '../key-limits.js';
import { parseDuration } from '../parse-values.js';
import type { Session } from '../session.js';

interface CreateOptions extends LimitOptions {
  tenant?: string;
  role: Role;
  expires?: number;
}

/** `keys` and what can be done with them. */
export function addKeys(program: Command, cli: Cli): void {
  const keys = program
    .command('keys')
    .description('Make, list, change and revoke keys of the API. For administrators.')
    .addHelpText(
      'after',
      examples('gantry keys create ci --rps 20 --cpu-per-day 2h', 'gantry keys list', 'gantry keys revoke ci'),
    );
  addCreate(keys, cli);
  keys
    .command('list', { isDefault: true })
    .description('List keys, newest first.')
    .option('-a, --all', 'those that are revoked or have expired, too')
    .action(async (options: { all?: boolean }, command: Command) => listKeys(cli.session(command), options));
  keys
    .command('show')
    .description('Show a key and its limits; not the key itself, which is kept nowhere.')
    .argument('<key>', 'its id, or its name while it is in force')
    .action(async (key: string, _options: object, command: Command) => {
      const session = cli.session(command);
      await show(session, await session.admin.key(key));
    });
  addLimitOptions(
    keys
      .command('limits')
      .description('Change limits of a key; those that are not named stay.')
      .argument('<key>', 'its id, or its name while it is in force'),
  )
    .addHelpText('after', examples('gantry keys limits ci --rps 50 --max-running none --storage default'))
    .action(async (key: string, options: LimitOptions, command: Command) => {
      const session = cli.session(command);
      const { limits, reset } = splitLimits(options);
      if (Object.keys(limits).length + reset.length === 0) command.error('error: name a limit (add --help for which)');
      await show(session, await session.admin.changeKey(key, { limits, reset }));
    });
  keys
    .command('revoke')
    .description('Refuse a key from now on, everywhere within 5 seconds. This cannot be undone.')
    .argument('<key>', 'its id, or its name')
    .action(async (key: string, _options: object, command: Command) => revoke(cli.session(command), key));
}

function addCreate(keys: Command, cli: Cli): void {
  const create = keys
    .command('create')
    .description('Make a key and print it, this once.')
    .argument('<name>', 'what to call it')
    .option(
      '--tenant <tenant>',
      'whose it is: keys of one tenant see the same executions and files (default: its name)',
    )
    .addOption(new Option('--role <role>', 'admin: may use the admin server, too').choices(ROLES).default('user'))
    .option('--expires <time>', 'until then it is in force: 90m, 12h, 30d', parseDuration);
  addLimitOptions(create)
    .addHelpText(
      'after',
      examples(
        'gantry keys create ops --role admin',
        'GANTRY_API_KEY=$(gantry keys create alice --rps 10 --max-running 4)',
        'gantry keys create "build bot" --tenant team --expires 30d',
      ),
    )
    .action(async (name: string, options: CreateOptions, command: Command) =>
      createKey(cli.session(command), name, options),
    );
}

async function createKey(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { tenant, role, expires } = options;
  const created = await session.admin.createKey({
    name,
    role,
    limits: splitLimits(options).limits,
    ...(tenant === undefined ? {} : { tenant }),
    ...(expires === undefined ? {} : { expires_in_seconds: expires }),
  });
  if (session.json) return session.printJson(created);
  // Alone on standard output, for $(…).
  await session.print(`${created.key}\n`);
  const until = created.expires_at === null ? '' : `, until ${visible(created.expires_at)}`;
  await session.note(
    `${visible(created.key_id)}, ${role} of ${visible(created.tenant)}${until}. It is not shown again.`,
  );
}

async function listKeys(session: Session, { all = false }: { all?: boolean }): Promise<void> {
  const every = await session.admin.keys();
  const keys = all ? every : every.filter(({ state }) => state === 'active');
  if (session.json) await session.printJson({ keys });
  else await session.print(formatKeys(keys, session.paint));
}

async function revoke(session: Session, idOrName: string): Promise<void> {
  const key = await session.admin.revokeKey(idOrName);
  if (session.json) await session.printJson(key);
  else await session.print(`${visible(key.name)} (${visible(key.key_id)}) is revoked.\n`);
}

async function show(session: Session, key: KeyView): Promise<void> {
  if (session.json) await session.printJson(key);
  else await session.print(formatKey(key, session.paint));
}
