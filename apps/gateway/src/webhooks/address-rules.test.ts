import { describe, expect, test } from '@jest/globals';
import { addressFault, isNetwork, urlFault } from './address-rules.js';

const NOTHING_ALLOWED = { allowHttp: false, allowedNetworks: [] };

describe('addresses that webhooks go to', () => {
  test.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946'])('%s is public', (address) => {
    expect(addressFault(address, [])).toBeNull();
  });

  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['metadata', '169.254.169.254'],
    ['metadata of Azure', '168.63.129.16'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of Oracle', '192.0.0.192'],
    ['metadata of AWS', 'fd00:ec2::254'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '203.0.113.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['link-local', 'fe80::1'],
    ['site-local', 'fec0::1'],
    ['unique local', 'fc00::1'],
    ['multicast', 'ff02::1'],
    ['mapped', '::ffff:8.8.8.8'],
    ['compatible', '::8.8.8.8'],
    ['NAT64', '64:ff9b::a9fe:a9fe'],
    ['local NAT64', '64:ff9b:1::a9fe:a9fe'],
    ['6to4', '2002:a9fe:a9fe::1'],
    ['Teredo', '2001:0:a9fe:a9fe::1'],
    ['ISATAP', '2606:4700::5efe:a9fe:a9fe'],
    ['ISATAP', '2606:4700::200:5efe:a9fe:a9fe'],
    ['documentation', '2001:db8::1'],
    ['nothing', 'example.com'],
  ])('%s is refused: %s', (_what, address) => {
    expect(addressFault(address, [])).not.toBeNull();
  });

  test('a network that is allowed is, and no other with it', () => {
    const allowed = ['10.1.0.0/16', 'fd00::/8'];
    expect(addressFault('10.1.2.3', allowed)).toBeNull();
    expect(addressFault('fd12::1', allowed)).toBeNull();
    expect(addressFault('10.2.0.1', allowed)).not.toBeNull();
    expect(addressFault('::ffff:10.1.2.3', allowed)).not.toBeNull();
    expect([isNetwork('10.1.0.0/16'), isNetwork('10.1.0.0'), isNetwork('all')]).toEqual([true, false, false]);
  });

  test.each([
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://017700000001/',
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
    'https://127.0.0.1./',
    'https://１２７.0.0.1/',
  ])('every way of writing one is seen: %s', (url) => {
    expect(urlFault(new URL(url), NOTHING_ALLOWED)).not.toBeNull();
  });

  test('http and ports of the system are refused', () => {
    const faultOf = (url: string, rules = NOTHING_ALLOWED): string | null => urlFault(new URL(url), rules);
    expect(faultOf('https://example.com/hook?x=1')).toBeNull();
    expect(faultOf('https://example.com:8443/')).toBeNull();
    expect(faultOf('http://example.com/')).toBe('must start with https://');
    expect(faultOf('http://example.com/', { ...NOTHING_ALLOWED, allowHttp: true })).toBeNull();
    expect(faultOf('https://example.com:22/')).toMatch('port');
    expect(faultOf('https://user@example.com/')).toMatch('user');
  });
});
