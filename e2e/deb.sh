#!/bin/bash
# Installs, upgrades, removes and purges the Debian package in a root of its own,
# which debootstrap makes. It needs root and a Debian mirror. An argument names a
# directory with a root that is there already; it is copied.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "deb: needs root" >&2; exit 1; }
dir=$(mktemp -d)
chmod 755 "$dir"
trap 'rm -rf "$dir"' EXIT
fail() {
	echo "deb: $*" >&2
	exit 1
}
arch=$(dpkg --print-architecture)
for version in v0.9.0 v0.10.0; do
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X portico/internal/cli.version=$version" -o "$dir/portico" ./cmd/portico
	./packaging/deb.sh "$dir/portico" "$arch" $version "$dir"
done
sum=$(sha256sum <"$dir/portico_0.10.0_$arch.deb")
./packaging/deb.sh "$dir/portico" "$arch" v0.10.0 "$dir"
[ "$sum" = "$(sha256sum <"$dir/portico_0.10.0_$arch.deb")" ] || fail "the same program gives other bytes"

root=$dir/root
if [ $# -gt 0 ]; then cp -a "$1" "$root"; else debootstrap --variant=minbase bookworm "$root" >/dev/null; fi
cp "$dir"/*.deb "$root/root/"
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
is() { [ "$2" = "$3" ] || fail "$1 is “$2”, not “$3”"; }
mode() { inside stat -c '%U:%G %a' "$1"; }
as_portico() { inside setpriv --reuid=portico --regid=portico --clear-groups env PORTICO_DATA=/var/lib/portico portico "$@"; }

inside dpkg -i "/root/portico_0.9.0_$arch.deb" >"$dir/log" || fail "not installed: $(cat "$dir/log")"
is "the version" "$(inside portico version | cut -d ' ' -f 1-2)" "portico v0.9.0"
is "the data directory" "$(mode /var/lib/portico)" "portico:portico 700"
is "the directory of backups" "$(mode /var/backups/portico)" "portico:portico 700"
is "the directory of secrets" "$(mode /etc/portico)" "root:portico 750"
is "the settings" "$(mode /etc/portico.env)" "root:portico 640"
inside grep -q '^ExecStart=/usr/bin/portico serve$' /usr/lib/systemd/system/portico.service || fail "the unit starts another program"
inside grep -q '^ExecStart=/usr/bin/portico backup --keep 14 /var/backups/portico$' /usr/lib/systemd/system/portico-backup.service || fail "the unit of backups starts another program"
as_portico init >/dev/null
as_portico backup --keep 14 /var/backups/portico >/dev/null
as_portico customer create --slug acme --name "Acme Telecom" >/dev/null
echo 'PORTICO_BASE_URL=https://portal.example.com' >>"$root/etc/portico.env"

inside dpkg -i "/root/portico_0.10.0_$arch.deb" >"$dir/log" 2>&1 </dev/null || fail "not upgraded: $(cat "$dir/log")"
is "the version" "$(inside portico version | cut -d ' ' -f 1-2)" "portico v0.10.0"
is "the settings" "$(mode /etc/portico.env)" "root:portico 640"
grep -q '^PORTICO_BASE_URL=' "$root/etc/portico.env" || fail "an upgrade has lost the settings"
as_portico customer list | grep -q acme || fail "an upgrade has lost the data"

inside dpkg -r portico >/dev/null
[ ! -e "$root/usr/bin/portico" ] && [ -e "$root/etc/portico.env" ] || fail "removing leaves the program, or takes the settings"
inside dpkg -i "/root/portico_0.10.0_$arch.deb" >/dev/null
as_portico customer list | grep -q acme || fail "installing again has lost the data"
inside dpkg -P portico >"$dir/log" 2>&1 || fail "not purged: $(cat "$dir/log")"
grep -q "/var/lib/portico" "$dir/log" || fail "purging does not say what stays: $(cat "$dir/log")"
[ ! -e "$root/etc/portico.env" ] && [ ! -e "$root/usr/share/doc/portico" ] || fail "purging leaves files of the package"
[ -e "$root/var/lib/portico/keyset.json" ] || fail "purging has deleted the keyset"
[ -n "$(ls "$root/var/backups/portico")" ] || fail "purging has deleted the backups"
echo "deb: installed, upgraded, removed and purged"
