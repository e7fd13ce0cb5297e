import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

export interface AddressRules {
  /** Networks that may be sent to though they are not public. */
  allowedNetworks: readonly string[];
  allowHttp: boolean;
}

/** What is handed out to the public. IPv6 beyond it leads to somewhere else: translated, mapped, local. */
const PUBLIC_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** Public by its number; inside of Azure it answers for the host. */
const AZURE_HOST = '168.63.129.16';
/** Below are services of the system, which are no receivers of ours. */
const FIRST_FREE_PORT = 1024;

/** Whether the text is one of a network, such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

/** Why nothing is sent to this address; `null` = it may be. */
export function addressFault(address: string, allowedNetworks: readonly string[]): string | null {
  if (!ipaddr.isValid(address)) return 'is not an address';
  const parsed = ipaddr.parse(address);
  if (allowedNetworks.some((network) => isWithin(parsed, ipaddr.parseCIDR(network)))) return null;
  const range = parsed.range();
  const isPublic =
    parsed instanceof ipaddr.IPv6
      ? range === 'unicast' && parsed.match(PUBLIC_IPV6) && !isTunnel(parsed)
      : range === 'unicast';
  return isPublic && parsed.toString() !== AZURE_HOST ? null : 'is not a public address';
}

/** ISATAP: an IPv4 address behind any prefix (RFC 5214). */
function isTunnel({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network): boolean {
  if (address instanceof ipaddr.IPv4 && network instanceof ipaddr.IPv4) return address.match(network, bits);
  return address instanceof ipaddr.IPv6 && network instanceof ipaddr.IPv6 && address.match(network, bits);
}

/** Why nothing is sent to this URL, wherever its name leads; `null` = that decides. */
export function urlFault(url: URL, rules: AddressRules): string | null {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.allowHttp)) return 'must start with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user or password; use headers';
  if (url.port !== '' && url.port !== '443' && url.port !== '80' && Number(url.port) < FIRST_FREE_PORT)
    return `must have port 443, 80, or one from ${FIRST_FREE_PORT} on`;
  const literal = addressOf(url);
  return literal === null ? null : addressFault(literal, rules.allowedNetworks) && 'must lead to a public address';
}

/** The address that a URL names itself; `null` = a name. The parser has brought every way of writing one into one form. */
export function addressOf({ hostname }: URL): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : null;
}
