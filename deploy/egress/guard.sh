#!/bin/sh
# Keeps sandboxes that have a network off everything but the Internet: off this machine, its containers, its neighbours.
#
# Docker makes their bridge without an address for this machine (inhibit_ipv4), so nothing behind it leads anywhere. The rules come first, the
# address that makes it a way out second, and on the way back in the opposite order: without the guard there is no network, never an open one.
# In the machine's network namespace, with CAP_NET_ADMIN and nothing else. The rules are a table of their own; Docker's are not touched.
set -eu
bridge=${SANDBOX_BRIDGE:?} gateway=${SANDBOX_GATEWAY:?}
table="gantry_$(printf %s "$bridge" | tr -c 'A-Za-z0-9' _)"

# Everything that is not globally reachable, by the registry of RFC 6890.
special='0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.0.2.0/24, 192.168.0.0/16,
  198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, 224.0.0.0/4, 240.0.0.0/4'
refuse='reject with icmpx type admin-prohibited'

# Names have to be looked up somewhere, and that place often has a private address. Docker asks it from within the sandbox.
resolvers=$(sed -n 's/^nameserver[[:space:]]\{1,\}\([0-9.]\{7,15\}\)[[:space:]]*$/\1/p' /etc/resolv.conf | grep -v '^127\.' | paste -sd, -)

each() { # each LIST RULE-BEFORE RULE-AFTER: nothing when the list is empty
  if [ -n "$1" ]; then printf '%s { %s } %s\n' "$2" "$1" "$3"; fi
}

load_rules() {
  nft -f - << RULES
table inet $table
delete table inet $table
table inet $table {
  chain from_sandboxes {
    ct state established,related accept
    $(each "$resolvers" 'ip daddr' 'meta l4proto { tcp, udp } th dport 53 accept')
    $(each "${SANDBOX_ALLOW:-}" 'ip daddr' accept)
  }
  chain input {
    type filter hook input priority filter - 10; policy accept;
    iifname "$bridge" jump from_sandboxes
    iifname "$bridge" $refuse
  }
  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    iifname "$bridge" jump from_sandboxes
    iifname "$bridge" meta nfproto ipv6 $refuse
    iifname "$bridge" ip daddr { $special } $refuse
    oifname "$bridge" ct state new drop
  }
}
RULES
}

has_rules() { nft list table inet "$table" > /dev/null 2>&1; }
has_address() { ip -4 -oneline address show dev "$bridge" 2> /dev/null | grep -qF " $gateway "; }

open() {
  has_rules || load_rules
  if [ -d "/sys/class/net/$bridge" ] && ! has_address; then ip address add "$gateway" dev "$bridge"; fi
}

close() {
  if has_address; then ip address delete "$gateway" dev "$bridge"; fi
  if has_rules; then nft delete table inet "$table"; fi
}

if [ "${1:-}" = check ]; then has_rules && has_address; exit; fi
trap 'close; exit 0' TERM INT
load_rules
echo "guarding $bridge: no way to this machine or to private networks; resolvers: ${resolvers:-none}; allowed: ${SANDBOX_ALLOW:-none}"
while :; do
  open
  sleep 5 &
  wait $!
done
