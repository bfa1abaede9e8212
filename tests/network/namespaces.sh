#!/usr/bin/env bash
# Five nodes in network namespaces of their own, two of them cut off for a while under load.
#
# Real `pluto` processes and real links (veth, one bridge). Ends with 0 when all have one root in the end
# and nothing that was acknowledged is lost. Needs root and `ip`; where namespaces are not allowed it says
# so and ends with 0: the same over loopback is `pluto demo cluster`.
#
# usage: tests/network/namespaces.sh [path of pluto]
set -euo pipefail

pluto=$(realpath "${1:-target/debug/pluto}")
nodes=(1 2 3 4 5)
writes=${PLUTO_WRITES:-40}
patience=${PLUTO_PATIENCE:-180}
tag=pl$$
dir=$(mktemp -d)
export PLUTO_PASSPHRASE=net

clean() {
  for n in "${nodes[@]}"; do
    [[ -f $dir/$n.pid ]] && kill "$(<"$dir/$n.pid")" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  for n in "${nodes[@]}" b; do ip netns del "$tag-$n" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap clean EXIT

if ! ip netns add "$tag-b" 2>/dev/null; then
  echo "skipped: network namespaces are not allowed here (they need root and CAP_SYS_ADMIN)"
  exit 0
fi
ip netns exec "$tag-b" ip link add br0 type bridge
ip netns exec "$tag-b" ip link set br0 up
for n in "${nodes[@]}"; do
  ip netns add "$tag-$n"
  ip link add "$tag-h$n" type veth peer name "$tag-n$n"
  ip link set "$tag-n$n" netns "$tag-$n"
  ip link set "$tag-h$n" netns "$tag-b"
  ip netns exec "$tag-b" ip link set "$tag-h$n" master br0 up
  ip netns exec "$tag-$n" ip addr add "10.99.0.$n/24" dev "$tag-n$n"
  ip netns exec "$tag-$n" ip link set "$tag-n$n" up
  ip netns exec "$tag-$n" ip link set lo up
done

at() { local n=$1; shift; "$pluto" --data "$dir/$n" "$@"; }
serve() {
  local n=$1
  ip netns exec "$tag-$n" "$pluto" --data "$dir/$n" serve --listen "/ip4/10.99.0.$n/tcp/4100" >"$dir/$n.log" 2>&1 &
  echo $! >"$dir/$n.pid"
  until [[ -S $dir/$n/control.sock ]]; do kill -0 "$(<"$dir/$n.pid")"; done
}
root() { at "$1" --json sync status --realm shared | sed -n 's/.*"state_root": "\(.*\)".*/\1/p'; }
# Asks until all of the nodes given have one root, at most as long as `patience`.
agree() {
  local end=$((SECONDS + patience)) roots
  while ((SECONDS < end)); do
    roots=$(for n in "$@"; do root "$n"; done | sort -u)
    [[ $(wc -l <<<"$roots") == 1 ]] && { echo "one root on $*: ${roots:0:16} after ${SECONDS} s"; return; }
  done
  echo "no agreement among $*:"; for n in "$@"; do echo "  $n $(root "$n")"; done
  exit 1
}
load() { # node, name of the keys
  for ((i = 0; i < writes; i++)); do
    at "$1" event append notes "$2-$1-$i" "$i" >/dev/null && echo "$2-$1-$i" >>"$dir/acknowledged"
  done
}

for n in "${nodes[@]}"; do at "$n" init >/dev/null; serve "$n"; done
at 1 realm create shared >/dev/null
invite=$(at 1 realm invite | head -1)
for n in 2 3 4 5; do at "$n" realm join "$invite" --wait "$patience" >/dev/null; done
first=$(sed 's/.*@//; s/,.*//' <<<"$invite")
agree "${nodes[@]}"

echo "cutting off 4 and 5"
for n in 4 5; do ip netns exec "$tag-b" ip link set "$tag-h$n" down; done
for n in "${nodes[@]}"; do load "$n" apart & done
for job in $(jobs -p); do
  [[ $(cat "$dir"/*.pid) == *"$job"* ]] || wait "$job"
done
agree 1 2 3
[[ $(root 1) != $(root 4) ]] || { echo "4 was not cut off"; exit 1; }

echo "healing (the first node is at $first)"
for n in 4 5; do ip netns exec "$tag-b" ip link set "$tag-h$n" up; done
agree "${nodes[@]}"
for n in "${nodes[@]}"; do
  found=$(at "$n" --json sync status --realm shared | sed -n 's/.*"events": \([0-9]*\),*$/\1/p' | head -1)
  while read -r key; do
    at "$n" state get KvStore "record:notes/$key" >/dev/null || { echo "$n lost $key"; exit 1; }
  done < <(shuf -n 20 "$dir/acknowledged")
  echo "node $n: $found events, every sampled acknowledged one is there"
done
echo "ok: $(wc -l <"$dir/acknowledged") acknowledged under the cut, none lost"
