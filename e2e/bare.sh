#!/bin/sh
# Runs the program as packaging/Containerfile does: the static binary, the
# certificates and a data directory in a read-only root, as a user without a name
# and without privileges. It needs root to create the namespaces.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "bare: needs root" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/root/data" "$dir/root/etc/ssl/certs"
CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$dir/root/portico" ./cmd/portico
! ldd "$dir/root/portico" 2>/dev/null || { echo "bare: not static" >&2; exit 1; }
cp /etc/ssl/certs/ca-certificates.crt "$dir/root/etc/ssl/certs/"
chown 65532:65532 "$dir/root/data"
chmod 700 "$dir/root/data"
# shellcheck disable=SC2016 # expanded by the shell inside
ROOT=$dir/root unshare --mount --net --pid --fork --kill-child sh -euc '
	ip link set lo up
	mount --bind "$ROOT" "$ROOT"
	mount --bind "$ROOT/data" "$ROOT/data"
	mount -o remount,bind,ro "$ROOT"
	portico="env -i PATH=$PATH PORTICO_DATA=/data chroot --userspec=65532:65532 $ROOT /portico"
	if touch "$ROOT/etc/x" 2>/dev/null; then echo "bare: the root can be written to" >&2; exit 1; fi
	$portico serve --listen 127.0.0.1:8080 --base-url https://portal.example.com >"$ROOT/../log" 2>&1 &
	for i in 1 2 3 4 5 6 7 8 9 10; do
		if $portico health; then break; fi
		sleep 0.5
	done
	$portico customer create --slug acme --name Acme
	$portico health
	kill $!
	wait $! || { echo "bare: does not stop well" >&2; exit 1; }
	! $portico health 2>/dev/null
	ls -ln "$ROOT/data"
'
