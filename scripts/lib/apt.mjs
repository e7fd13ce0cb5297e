import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { run, tryRun } from './command.mjs';
import { isDebianLike, isRoot } from './machine.mjs';

export const canInstallPackages = isDebianLike && isRoot;

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

function listsArePresent() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('Packages'));
  } catch {
    return false;
  }
}

/** Debian's own switch for "install, but start nothing" is a file. Returns what takes it away again, if it is ours. */
function forbidServices() {
  const path = '/usr/sbin/policy-rc.d';
  try {
    writeFileSync(path, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  } catch {
    return () => {};
  }
  return () => rmSync(path, { force: true });
}

async function isKnown(name) {
  return Boolean(await tryRun('apt-cache', ['show', '--no-all-versions', name], { env: environment }));
}

/**
 * Installs Debian packages, without recommendations and without starting a service. Names that this release does not have
 * (`optional`) are left out.
 */
export async function installPackages(names, { optional = [], log, say, signal } = {}) {
  const options = { env: environment, log, signal };
  const update = async () => {
    say?.('apt-get update');
    await run('apt-get', ['update', '-q'], options);
  };
  if (!listsArePresent()) await update();
  const wanted = [...names];
  for (const name of optional) if (await isKnown(name)) wanted.push(name);
  const install = async () => {
    say?.(`apt-get install ${wanted.join(' ')}`);
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...wanted], options);
  };
  const allowServices = forbidServices();
  try {
    await install();
  } catch (error) {
    if (signal?.aborted) throw error;
    // Lists that are older than the mirror name files that are gone.
    await update();
    await install();
  } finally {
    allowServices();
  }
}
