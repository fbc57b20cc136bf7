#!/bin/bash
# A day in the life of a portal, on two machines of machine.sh: installed from the
# Debian package of an earlier version, upgraded, cut off from its mail server,
# with a full disk, restored on the other machine, moved to PostgreSQL behind
# pgbouncer, with a second node, new keys and a new certificate, and without a
# customer. After each step nothing may be lost, and a Prometheus must have raised
# the alerts that belong to it and no other. It needs root.
#
# OLD is the commit to upgrade from. There is no release yet: without OLD it is the
# newest commit on the main line whose migrations are the first ones of today's,
# so that the upgrade has something to do.
set -euo pipefail
cd "$(dirname "$0")/.."
earlier() {
	local now old commit
	migrations() { git ls-tree --name-only "$1" internal/store/migrations/ | grep 'sql$' | tr '\n' ' '; }
	now=$(migrations HEAD)
	for commit in $(git rev-list --first-parent HEAD); do
		old=$(migrations "$commit")
		if [ "$old" != "$now" ] && [[ $now == "$old"* ]]; then echo "$commit" && return; fi
	done
	git rev-parse HEAD
}
old=$(git rev-parse "${OLD:-$(earlier)}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"; git worktree prune' EXIT
export DPKG_DEB_COMPRESSOR_TYPE=gzip DPKG_DEB_COMPRESSOR_LEVEL=1 # a minute less
chmod 755 "$dir"
arch=$(dpkg --print-architecture)
git worktree add -q --detach "$dir/old" "$old"
package() { # directory of the sources, version, name
	(cd "$1" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X portico/internal/cli.version=$2" -o "$dir/portico" ./cmd/portico)
	./packaging/deb.sh "$dir/portico" "$arch" "$2" "$dir"
	mv "$dir"/portico_*.deb "$dir/$3.deb"
}
package "$dir/old" v0.0.1 old
package . v0.0.2 new
machine() { # name
	./e2e/machine.sh new "$dir/$1"
	cp -r e2e/operate "$dir/$1/root/operate"
	install -D -m 644 packaging/alerts.yaml "$dir/$1/root/portico/packaging/alerts.yaml"
	cp "$dir"/*.deb "$dir/$1/root/"
}
started=$SECONDS
echo "operate: from $(git log -1 --format='%h (%s)' "$old") to the sources here"
machine first
./e2e/machine.sh run "$dir/first" e2e/operate/first.sh --bind-ro="$(command -v prometheus)"
machine second
cp -a "$dir/first/backup" "$dir/first/other-disk" "$dir/second/"
cp -a "$dir/first/root/kept" "$dir/second/root/kept"
./e2e/machine.sh run "$dir/second" e2e/operate/second.sh --bind-ro="$(command -v prometheus)"
echo "operate: nothing was lost, and the alerts that should have fired have, and no other ($((SECONDS - started)) s)"
