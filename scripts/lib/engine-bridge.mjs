import { networkInterfaces } from 'node:os';
import { run, tryRun } from './command.mjs';

/** The chains that dockerd empties when it starts, for it takes every rule in them for a leftover of its own. */
const SHARED_CHAINS = /^-A (DOCKER|DOCKER-ISOLATION-STAGE-1|DOCKER-ISOLATION-STAGE-2) (?!-j RETURN$)/;
const TABLES = ['filter', 'nat'];

async function readRules(table) {
  return ((await tryRun('iptables-save', ['-t', table])) ?? '').split('\n').filter((line) => line.startsWith('-A '));
}

/** What other engines on this machine have in the shared chains. */
export async function rememberRules() {
  const tables = await Promise.all(TABLES.map(readRules));
  return TABLES.map((table, index) => ({ table, rules: tables[index].filter((rule) => SHARED_CHAINS.test(rule)) }));
}

/** Puts back what the start of ours has removed. At the head, for the chains end with RETURN; in reverse, to keep their order. */
export async function restoreRules(remembered) {
  for (const { table, rules } of remembered) {
    const present = new Set(await readRules(table));
    const lost = rules.filter((rule) => !present.has(rule)).reverse();
    if (lost.length === 0) continue;
    const lines = lost.map((rule) => rule.replace(/^-A (\S+)/, '-I $1 1'));
    await run('iptables-restore', ['--noflush'], { input: `*${table}\n${lines.join('\n')}\nCOMMIT\n` });
  }
}

async function isFree(prefix) {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const routes = (await tryRun('ip', ['-4', 'route', 'show', 'root', `${prefix}.0/24`])) ?? '';
  return routes === '' && !addresses.some(({ address }) => address.startsWith(`${prefix}.`));
}

/** A bridge of our own: with docker0 two engines would share one, and one without any removes docker0 under the other. */
export async function createBridge(name) {
  if ((await tryRun('ip', ['link', 'show', name])) !== null) return;
  const seed = Number.parseInt(name.slice(-2), 16);
  for (let step = 0; step < 256; step++) {
    const prefix = `10.213.${(seed + step) % 256}`;
    if (!(await isFree(prefix))) continue;
    await run('ip', ['link', 'add', name, 'type', 'bridge']);
    await run('ip', ['address', 'add', `${prefix}.1/24`, 'dev', name]);
    await run('ip', ['link', 'set', name, 'up']);
    return;
  }
  throw new Error('no free network 10.213.x.0/24 for the bridge of the private engine');
}

/** The bridge and every rule that names it. */
export async function removeBridge(name) {
  for (const table of TABLES) {
    const rules = (await readRules(table)).filter((rule) => rule.split(' ').includes(name));
    if (rules.length === 0) continue;
    const lines = rules.map((rule) => rule.replace(/^-A/, '-D'));
    await run('iptables-restore', ['--noflush'], { input: `*${table}\n${lines.join('\n')}\nCOMMIT\n` });
  }
  await run('ip', ['link', 'delete', name]);
}
