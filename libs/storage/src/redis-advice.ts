/** What is wrong with a Redis server for a queue that must not lose anything. */
export interface RedisAdvice {
  /** What is so, what it means and what to set. */
  text: string;
  /** Of how it is set up, not of how it is just now: with REDIS_STRICT nothing starts on it. */
  unsafe: boolean;
}

/** The oldest version that has all commands which the scripts use. */
const OLDEST = { major: 6, minor: 2 };
const ALMOST_FULL = 0.9;

/**
 * @param info all of the server's INFO
 * @param clusterInfo its CLUSTER INFO; `null` = it is no node of a Cluster
 * @param asCluster it is used as a node of a Cluster
 */
export function adviceOn(info: string, clusterInfo: string | null, asCluster: boolean): RedisAdvice[] {
  const fact = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const advice: RedisAdvice[] = [];
  const unsafe = (text: string): void => void advice.push({ text, unsafe: true });
  const [major = 0, minor = 0] = (fact('redis_version') ?? '').split('.').map(Number);
  if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor))
    unsafe(`Redis ${major}.${minor} is too old: use ${OLDEST.major}.${OLDEST.minor} or newer`);
  if (fact('role') === 'slave') unsafe('it is a replica, which takes no writes: name the master, or use Sentinel');
  if (fact('aof_enabled') !== '1')
    unsafe('appendonly is off, so accepted executions are lost when Redis stops: set appendonly yes');
  else if (fact('aof_last_write_status') === 'err')
    unsafe('its append-only file cannot be written: look at its disk and its log');
  const policy = fact('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    unsafe(`maxmemory-policy is ${policy}, so executions can be evicted: set maxmemory-policy noeviction`);
  if (fact('cluster_enabled') === '1' && !asCluster)
    unsafe('it is a node of a Cluster: name it as redis+cluster:// in REDIS_URL');
  if (clusterInfo !== null && !/^cluster_state:ok\r?$/m.test(clusterInfo))
    unsafe('the Cluster is not complete (cluster_state is not ok): bring its nodes back');
  const [used, most] = [Number(fact('used_memory') ?? 0), Number(fact('maxmemory') ?? 0)];
  if (most > 0 && used > ALMOST_FULL * most)
    advice.push({
      text: `${Math.round((100 * used) / most)} % of maxmemory is in use: raise maxmemory, or lower RETENTION_SECONDS`,
      unsafe: false,
    });
  return advice;
}
