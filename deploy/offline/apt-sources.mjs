import { tryRun } from '../../scripts/lib/command.mjs';

const DEBIAN = 'http://deb.debian.org/debian';
const SECURITY = 'http://deb.debian.org/debian-security';

/** Where this machine itself gets a Debian release from, so that the image asks a mirror that can be reached. */
async function hostSite(release) {
  const format = ['--format', '$(SITE) $(RELEASE)', 'Created-By: Packages'];
  const lines = (await tryRun('apt-get', ['indextargets', ...format])) ?? '';
  const found = lines
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, name]) => name === release);
  return found?.[0] ?? null;
}

/** The two mirrors to use; `APT_MIRROR` (the main one) wins over what the machine uses. */
export async function findMirrors(suite) {
  const own = process.env.APT_MIRROR?.replace(/\/+$/, '');
  if (own) return { debian: own, security: own.replace(/\/debian$/, '/debian-security') };
  return { debian: (await hostSite(suite)) ?? DEBIAN, security: (await hostSite(`${suite}-security`)) ?? SECURITY };
}

/** The content of `debian.sources`, as the official image has it. */
export function renderSources({ debian, security }, suite) {
  const entry = (uri, suites) =>
    ['Types: deb', `URIs: ${uri}`, `Suites: ${suites}`, 'Components: main', `Signed-By: ${KEYRING}`, ''].join('\n');
  return `${entry(debian, `${suite} ${suite}-updates`)}\n${entry(security, `${suite}-security`)}`;
}

export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

const CARRIED = ['Acquire::Check-Valid-Until', 'Acquire::Check-Date', 'Acquire::http::Proxy', 'Acquire::https::Proxy'];

/** Answers about proxies and frozen mirrors that this machine's own apt was given and an image needs as well. */
export async function renderAptConfiguration() {
  const dump = (await tryRun('apt-config', ['dump'])) ?? '';
  return dump
    .split('\n')
    .filter(
      (line) => CARRIED.some((name) => line.startsWith(`${name} `)) && !/127\.0\.0\.1|localhost|\[::1\]/.test(line),
    )
    .map((line) => `${line}\n`)
    .join('');
}
