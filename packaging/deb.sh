#!/bin/sh
# Makes a Debian package of a built program: deb.sh PROGRAM ARCHITECTURE VERSION
# DIRECTORY. The same program gives the same bytes.
set -eu
program=$1 arch=$2 dir=$4
cd "$(dirname "$0")/.."
# v1.2-3-gabc is 1.2+3+gabc, and a commit without a tag 0~ and its time: Debian's
# versions begin with a digit, and - has a meaning there.
version=$(printf %s "${3#v}" | tr - +)
case $version in [0-9]*.*) ;; *) version=0~$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S)+$version ;; esac
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
doc=$root/usr/share/doc/portico
install -D -m 755 "$program" "$root/usr/bin/portico"
for unit in portico.service portico-backup.service portico-backup.timer; do
	install -D -m 644 packaging/$unit "$root/usr/lib/systemd/system/$unit"
	sed -i s,/usr/local/bin/portico,/usr/bin/portico, "$root/usr/lib/systemd/system/$unit"
done
install -D -m 640 packaging/debian/portico.env "$root/etc/portico.env"
install -D -m 644 LICENSE "$doc/copyright"
install -m 644 packaging/nginx.conf packaging/Caddyfile packaging/port-443.conf packaging/grafana.json docs/operating.md "$doc"
install -D -m 755 -t "$root/DEBIAN" packaging/debian/postinst packaging/debian/prerm packaging/debian/postrm
echo /etc/portico.env >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<-CONTROL
	Package: portico
	Version: $version
	Architecture: $arch
	Maintainer: The Portico authors <portico@localhost>
	Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
	Depends: passwd
	Recommends: ca-certificates
	Suggests: postgresql-client, nginx | caddy
	Section: web
	Priority: optional
	Description: customer administration portal
	 Log-in with two-factor authentication for a provider's customers, and its
	 administration, on SQLite or PostgreSQL.
CONTROL
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) dpkg-deb --root-owner-group --build "$root" "$dir/portico_${version}_$arch.deb" >/dev/null
