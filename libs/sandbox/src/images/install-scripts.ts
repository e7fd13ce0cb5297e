/**
 * What runs inside a build, as text of ours that never changes: a client's words reach these only as separate arguments (`"$@"`).
 *
 * Settings of the operator (mirrors with their credentials) come in FTP_PROXY, `NAME=value` by spaces. It is the one way in that
 * neither stays in the image's history nor takes part in its cache: the engine treats the well-known proxy arguments so, and nothing
 * else reads this one. It is gone before any other program starts.
 */
const SETTINGS = `set -efu; umask 022; for setting in \${FTP_PROXY-}; do export "$setting"; done; unset FTP_PROXY; set +f`;

/** Where each layer notes what it has really installed: `manager⇥name⇥version`. */
export const INSTALLED_PATH = '/opt/gantry/installed';

/** Python and npm of other bases bring certificates of their own; these are the system's, with the operator's among them. */
const CERTIFICATES = `if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
  export PIP_CERT=/etc/ssl/certs/ca-certificates.crt npm_config_cafile=/etc/ssl/certs/ca-certificates.crt
  export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
fi`;

/** An image has no use for programs that run as their owner: no execution can gain anything by them. */
const STRIP_SETUID = `find / -xdev -type f -perm /6000 -exec chmod ug-s {} +`;

/** Without Pattern-Only apt-get takes a name that it does not know for a regular expression over all names: `hel.o`, `hell++`. */
const APT = `${SETTINGS}
export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
mkdir "$work/parts"
apt() { apt-get -q -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false -o APT::Cmd::Pattern-Only=true "$@"; }
if [ -n "\${APT_MIRROR-}" ]; then
  chmod 755 "$work"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    [ -f "$file" ] || continue
    to="$work/parts/\${file##*/}"
    [ "$file" != /etc/apt/sources.list ] || to="$work/sources.list"
    sed -E "s#https?://(deb|security)\\.debian\\.org#$APT_MIRROR#g" "$file" > "$to"
  done
  apt() { apt-get -q -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false -o APT::Cmd::Pattern-Only=true \\
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/parts" "$@"; }
fi
apt update
apt install -y -- "$@"
apt-get clean
rm -rf "$work" /var/lib/apt/lists /var/log/apt /var/log/dpkg.log /var/cache/debconf/*-old
mkdir -p /var/lib/apt/lists/partial
for package; do dpkg-query -W -f 'apt\\t\${Package}\\t\${Version}\\n' "\${package%%=*}" || true; done >> ${INSTALLED_PATH}
${STRIP_SETUID}`;

const PIP_NOTE = `import re, sys
from importlib.metadata import version
for word in sys.argv[1:]:
    name = re.match(r"[A-Za-z0-9._-]+", word).group()
    print("pip", name, version(name), sep="\\t")`;

const PIP = `${SETTINGS}
${CERTIFICATES}
export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore
python3 -m pip install --no-input --no-cache-dir --disable-pip-version-check --progress-bar off -- "$@"
python3 -c '${PIP_NOTE}' "$@" >> ${INSTALLED_PATH}`;

const NPM_FOLDER = '/opt/gantry/packages/npm';
const NPM_NOTE = `for (const word of process.argv.slice(1)) {
  const name = word.slice(0, word.indexOf("@", 1) < 0 ? undefined : word.indexOf("@", 1));
  console.log(["npm", name, require("/node_modules/" + name + "/package.json").version].join("\\t"));
}`;

/**
 * In a folder that npm takes for a project (it can't have / for one), and linked to from /node_modules, which both `require` and `import`
 * find from every directory; the programs of packages are linked to where the PATH leads.
 */
const NPM = `${SETTINGS}
${CERTIFICATES}
work=$(mktemp -d)
[ -z "\${NPM_AUTH-}" ] || printf '%s\\n' "$NPM_AUTH" > "$work/npmrc"
export npm_config_userconfig="$work/npmrc" npm_config_cache="$work/cache" npm_config_logs_max=0
unset NPM_AUTH
mkdir -p ${NPM_FOLDER}
cd ${NPM_FOLDER}
[ -e package.json ] || printf '{ "private": true }\\n' > package.json
npm install --ignore-scripts --no-audit --no-fund --no-update-notifier --no-progress -- "$@"
rm -rf "$work"
chmod -R a+rX .
[ -e /node_modules ] || ln -s ${NPM_FOLDER}/node_modules /node_modules
for program in /node_modules/.bin/*; do
  [ -e "$program" ] || continue
  command -v "\${program##*/}" > /dev/null || ln -s "$program" "/usr/local/bin/\${program##*/}"
done
node -e '${NPM_NOTE}' -- "$@" >> ${INSTALLED_PATH}`;

const NUGET = `${SETTINGS}
${CERTIFICATES}
/opt/gantry/bin/nuget-install "$@"`;

export const INSTALL_SCRIPTS = { apt: APT, pip: PIP, npm: NPM, nuget: NUGET } as const;

/** Commands of runtimes and of custom Dockerfiles run without the operator's settings. */
export const PLAIN_SCRIPT = 'unset FTP_PROXY; exec "$@"';

/** Makes the operator's certificates known to every program of the image. */
export const CERTIFICATES_SCRIPT = `set -eu
if command -v update-ca-certificates > /dev/null; then update-ca-certificates; else
  mkdir -p /etc/ssl/certs
  cat /usr/local/share/ca-certificates/gantry/*.crt >> /etc/ssl/certs/ca-certificates.crt
fi`;
