import type { PackageSources, BuildProxy } from './image-builder-options.js';

/** Characters that a URL may have and that a shell's word list or sed's replacement would take amiss. */
const UNSAFE = /[\s#&\\|"'`$]/;

/**
 * The build arguments that carry mirrors and proxies. All of them are arguments that the engine knows by itself, so none is written into
 * the image: neither its environment nor its history nor its cache key. `marker` tells the containers of this build from all others.
 */
export function buildArguments(
  { sources, proxy }: { sources: PackageSources; proxy: BuildProxy },
  marker: string,
): Record<string, string> {
  const settings = { GANTRY_BUILD: marker, ...pip(sources), ...npm(sources), ...nuget(sources), ...apt(sources) };
  const proxies = {
    http_proxy: proxy.http,
    HTTP_PROXY: proxy.http,
    https_proxy: proxy.https,
    HTTPS_PROXY: proxy.https,
    no_proxy: proxy.no,
    NO_PROXY: proxy.no,
  };
  const given = Object.entries(proxies).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return { ...Object.fromEntries(given), FTP_PROXY: words.join(' ') };
}

/** pip trusts plain HTTP only where it is told to. */
function pip({ pipIndexUrl }: PackageSources): Record<string, string> {
  if (pipIndexUrl === undefined) return {};
  const url = mirror(pipIndexUrl);
  const trusted = url.protocol === 'http:' ? { PIP_TRUSTED_HOST: url.host } : {};
  return { PIP_INDEX_URL: url.href, ...trusted };
}

/** npm takes no credentials from a registry's address, but from a line of its own configuration. */
function npm({ npmRegistry }: PackageSources): Record<string, string> {
  if (npmRegistry === undefined) return {};
  const url = mirror(npmRegistry);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const href = url.href.endsWith('/') ? url.href : `${url.href}/`;
  if (username === '') return { npm_config_registry: href };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const place = href.slice(url.protocol.length);
  return { npm_config_registry: href, NPM_AUTH: `${place}:_auth=${Buffer.from(pair).toString('base64')}` };
}

function nuget({ nugetSource }: PackageSources): Record<string, string> {
  return nugetSource === undefined ? {} : { NUGET_SOURCE: mirror(nugetSource).href };
}

/** Stands for `http://deb.debian.org`, before `/debian` and `/debian-security`. */
function apt({ aptMirror }: PackageSources): Record<string, string> {
  return aptMirror === undefined ? {} : { APT_MIRROR: mirror(aptMirror).href.replace(/\/+$/, '') };
}

function mirror(text: string): URL {
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol) || UNSAFE.test(url.href))
    throw new Error(`${url.protocol}//${url.host} can't be a package source: only plain http and https addresses can`);
  return url;
}

/** What must not be read in a log: the passwords in addresses, in every form in which a program may repeat them. */
export function secretsOf({ sources, proxy }: { sources: PackageSources; proxy: BuildProxy }): string[] {
  const addresses = [
    sources.pipIndexUrl,
    sources.npmRegistry,
    sources.nugetSource,
    sources.aptMirror,
    proxy.http,
    proxy.https,
  ];
  return addresses.flatMap((address) => {
    const url = address !== undefined && URL.canParse(address) ? new URL(address) : null;
    if (url === null || url.password === '') return [];
    const plain = decodeURIComponent(url.password);
    const pair = `${decodeURIComponent(url.username)}:${plain}`;
    return [url.password, plain, Buffer.from(pair).toString('base64')];
  });
}

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
