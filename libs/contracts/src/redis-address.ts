/** Where Redis is, as `REDIS_URL` says it. */
export interface RedisAddress {
  /** One server; Sentinels, which know the master; or nodes of a Cluster, which know the owner of a slot. */
  kind: 'single' | 'sentinel' | 'cluster';
  tls: boolean;
  username: string | null;
  password: string | null;
  db: number;
  /** At least one. */
  nodes: readonly RedisNode[];
  /** Only with Sentinels: by what name they know the master, and who asks them. */
  sentinel: { master: string; username: string | null; password: string | null } | null;
}

export interface RedisNode {
  host: string;
  port: number;
}

const FORM = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/s;
const SENTINEL_SETTINGS = ['db', 'sentinelUsername', 'sentinelPassword'];

class Fault extends Error {}

/** The fault is a sentence for people. It never repeats what was given: that may be a password, or a part of one. */
export function parseRedisUrl(url: string): { address: RedisAddress } | { fault: string } {
  try {
    return { address: parse(url) };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.message };
    throw error;
  }
}

function parse(url: string): RedisAddress {
  const [, scheme, form, authority, path, query, fragment] = FORM.exec(url.trim()) ?? [];
  if (scheme === undefined || authority === undefined)
    throw new Fault('must start with redis://, redis+sentinel:// or redis+cluster://, or the same with rediss for TLS');
  const at = authority.lastIndexOf('@');
  if (fragment !== undefined || (at < 0 && /@/.test(`${path}${query}`)))
    throw new Fault('has a / ? or # in its user or password, or after its end: write these as %2F %3F %23');
  const kind: RedisAddress['kind'] = form === 'sentinel' || form === 'cluster' ? form : 'single';
  const nodes = nodesOf(authority.slice(at + 1), kind === 'sentinel' ? 26_379 : 6379);
  if (kind === 'single' && nodes.length > 1)
    throw new Fault('names several hosts: that takes redis+sentinel:// or redis+cluster://');
  const settings = settingsOf(query ?? '', kind === 'sentinel' ? SENTINEL_SETTINGS : kind === 'single' ? ['db'] : []);
  const address = { kind, tls: scheme === 'rediss', nodes, ...credentials(at < 0 ? null : authority.slice(0, at)) };
  if (kind !== 'sentinel') {
    const db = database(path || settings.get('db'));
    if (kind === 'cluster' && db !== 0) throw new Fault('names a database: a Cluster has only number 0');
    return { ...address, db, sentinel: null };
  }
  const master = decoded(path ?? '');
  if (!/^[\w.-]+$/.test(master))
    throw new Fault('must end with the name that the Sentinels know the master by, such as /mymaster');
  const [username, password] = [settings.get('sentinelUsername') ?? null, settings.get('sentinelPassword') ?? null];
  if (username !== null && password === null) throw new Fault('names a sentinelUsername and no sentinelPassword');
  return { ...address, db: database(settings.get('db')), sentinel: { master, username, password } };
}

function nodesOf(text: string, defaultPort: number): RedisNode[] {
  return text.split(',').map((part) => {
    const [, ipv6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(part) ?? [];
    const host = ipv6 ?? name;
    const port = digits === undefined ? defaultPort : Number(digits);
    if (host === undefined || port < 1 || port > 65_535)
      throw new Fault('must name its hosts as HOST:PORT, several with a comma in between; IPv6 as [ADDRESS]:PORT');
    return { host, port };
  });
}

function credentials(text: string | null): { username: string | null; password: string | null } {
  if (text === null) return { username: null, password: null };
  const colon = text.indexOf(':');
  if (colon < 0) throw new Fault('has a user and no password: write USER:PASSWORD@, or :PASSWORD@');
  const [username, password] = [decoded(text.slice(0, colon)), decoded(text.slice(colon + 1))];
  if (username !== '' && password === '') throw new Fault('has a user and no password: write USER:PASSWORD@');
  return { username: username || null, password: password || null };
}

function settingsOf(query: string, known: readonly string[]): Map<string, string> {
  const settings = new Map<string, string>();
  for (const part of query.split('&').filter((text) => text !== '')) {
    const equals = part.indexOf('=');
    const name = known.find((setting) => setting === part.slice(0, Math.max(0, equals)));
    if (name === undefined || settings.has(name)) {
      const allowed = known.length === 0 ? 'nothing' : known.join(', ');
      throw new Fault(`has something unknown, or something twice, after the ?: ${allowed} can be there`);
    }
    settings.set(name, decoded(part.slice(equals + 1)));
  }
  return settings;
}

function database(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,4}$/.test(text)) throw new Fault('must name its database by a number, such as /0');
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Fault('has a % that is no code: write a % itself as %25');
  }
}
