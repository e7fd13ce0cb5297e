import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canInstallPackages, installPackages } from '../../scripts/lib/apt.mjs';
import { findProgram, run } from '../../scripts/lib/command.mjs';
import { isRoot } from '../../scripts/lib/machine.mjs';
import { SetupProblem } from '../../scripts/lib/setup-problem.mjs';
import { findMirrors, KEYRING, renderAptConfiguration, renderSources } from './apt-sources.mjs';

const SUITE = 'bookworm';
const NEVER_INSTALLED = [
  '/usr/share/doc/*',
  '/usr/share/man/*',
  '/usr/share/locale/*',
  '/usr/share/info/*',
  '/usr/share/lintian/*',
];

const APT_CONFIGURATION = `Acquire::Languages "none";
Acquire::GzipIndexes "true";
APT::AutoRemove::SuggestsImportant "false";
APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
`;

async function provideDebootstrap(options) {
  if (!isRoot) {
    throw new SetupProblem(`No registry answers, and only root can make debian:${SUITE}-slim from Debian packages.`, [
      'sudo node deploy/offline/make-images.mjs',
    ]);
  }
  if (findProgram('debootstrap') && existsSync(KEYRING)) return;
  if (!canInstallPackages)
    throw new SetupProblem('No registry answers, and debootstrap with the keys of Debian is not installed.');
  // On Ubuntu debootstrap does not bring Debian's keys.
  await installPackages(['debootstrap', 'debian-archive-keyring'], options);
}

/** What makes it the "slim" image: no documentation, no translations, no package lists, no services. */
function writeSlimConfiguration(root) {
  const write = (path, text) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const excluded = NEVER_INSTALLED.map((path) => `path-exclude ${path}\n`).join('');
  write('etc/dpkg/dpkg.cfg.d/docker', `force-unsafe-io\n${excluded}path-include /usr/share/doc/*/copyright\n`);
  write('etc/apt/apt.conf.d/docker', APT_CONFIGURATION);
  write('usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n');
  chmodSync(join(root, 'usr/sbin/policy-rc.d'), 0o755);
}

async function strip(root, options) {
  const directories = [
    'usr/share/man',
    'usr/share/locale',
    'usr/share/info',
    'var/cache/apt',
    'var/lib/apt/lists',
    'var/log',
  ];
  for (const directory of directories) await run('find', [join(root, directory), '-type', 'f', '-delete'], options);
  await run(
    'find',
    [join(root, 'usr/share/doc'), '-not', '-name', 'copyright', '-not', '-type', 'd', '-delete'],
    options,
  );
}

/** Makes `reference` (a Debian base image) from Debian's packages, in about half a minute. Needs root. */
export async function makeDebianImage(docker, reference, { log, say, signal }) {
  const options = { log, signal };
  await provideDebootstrap({ ...options, say });
  const mirrors = await findMirrors(SUITE);
  const directory = mkdtempSync(join(tmpdir(), 'gantry-debian-'));
  const root = join(directory, 'root');
  const archive = join(directory, 'root.tar');
  try {
    say(`debootstrap ${SUITE} from ${new URL(mirrors.debian).host}`);
    mkdirSync(join(root, 'etc/apt'), { recursive: true });
    // In namespaces of its own: its mounts and processes are gone with it, also when it is interrupted.
    const contained = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    await run(
      'unshare',
      [...contained, 'debootstrap', '--variant=minbase', `--keyring=${KEYRING}`, SUITE, root, mirrors.debian],
      options,
    );
    rmSync(join(root, 'etc/apt/sources.list'), { force: true });
    writeFileSync(join(root, 'etc/apt/sources.list.d/debian.sources'), renderSources(mirrors, SUITE));
    writeSlimConfiguration(root);
    writeFileSync(join(root, 'etc/apt/apt.conf.d/host'), await renderAptConfiguration());
    await strip(root, options);
    await run(
      'tar',
      [
        '--numeric-owner',
        '--exclude=./dev/*',
        '--exclude=./proc/*',
        '--exclude=./sys/*',
        '-C',
        root,
        '-cf',
        archive,
        '.',
      ],
      options,
    );
    await docker.run(['import', '--change', 'CMD ["bash"]', archive, reference]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
