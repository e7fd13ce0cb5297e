import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatUsage, formatUsageOverview } from '../format-keys.js';
import type { Session } from '../session.js';

interface UsageOptions {
  tenant?: string;
  all?: boolean;
}

export function addUsage(program: Command, cli: Cli): void {
  program
    .command('usage')
    .description('Show what you have used, day by day, and how much you may.')
    .option('--tenant <tenant>', 'what this tenant has used (for administrators, like the next one)')
    .option('--all', 'what each tenant has used today')
    .addHelpText('after', examples('gantry usage', 'gantry usage --tenant alice', 'gantry usage --all --json'))
    .action(async (options: UsageOptions, command: Command) => showUsage(cli.session(command), options));
}

async function showUsage(session: Session, { tenant, all = false }: UsageOptions): Promise<void> {
  if (all) {
    const overview = await session.admin.usage();
    if (session.json) return session.printJson(overview);
    return session.print(formatUsageOverview(overview, session.paint));
  }
  const usage = tenant === undefined ? await session.client.usage() : await session.admin.usageOf(tenant);
  if (session.json) await session.printJson(usage);
  else await session.print(formatUsage(usage, session.paint));
}
