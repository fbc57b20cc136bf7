#!/bin/sh
# Builds the release into dist/: static programs for three systems on two
# processors, for each a list of what it is made of (CycloneDX), Debian packages,
# the manual pages,
# and SHA256SUMS.
# The same commit gives the same bytes: paths, times and settings of the machine
# stay out.
set -eu
cd "$(dirname "$0")/.."
version=${VERSION:-$(git describe --tags --always --dirty)}
go=${GO:-go}
# The toolchain that go.mod names: an older one has known flaws.
export GOTOOLCHAIN="${GOTOOLCHAIN:-auto}"
export CGO_ENABLED=0 GOAMD64=v1 GOARM64=v8.0 GOFLAGS=-trimpath GOEXPERIMENT=
sbom="$go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

rm -rf dist
mkdir dist
for os in linux darwin windows; do
	for arch in amd64 arm64; do
		name=dist/portico-$version-$os-$arch
		[ $os != windows ] || name=$name.exe
		GOOS=$os GOARCH=$arch $go build -ldflags "-s -w -X portico/internal/cli.version=$version" -o "$name" ./cmd/portico
		# Reads what the program itself says. A serial number and the time would
		# differ each time.
		$sbom bin -json -std -noserial -notimestamp -version "$version" -output "$name.cdx.json" "$name" >"$name.log" 2>&1 ||
			{ cat "$name.log" >&2; exit 1; }
		rm "$name.log"
		if [ $os = linux ] && command -v dpkg-deb >/dev/null; then
			./packaging/deb.sh "$name" $arch "$version" dist
		fi
	done
done
command -v dpkg-deb >/dev/null || echo "dist: there are no Debian packages, because dpkg-deb is missing" >&2
# The manual pages, from the same source as the help.
$go run -ldflags "-X portico/internal/cli.version=$version" ./cmd/portico man --out dist/man --quiet
tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rwX,go=rX -cf - man | gzip -n >"dist/portico-$version-man.tar.gz"
rm -r dist/man
cd dist
sha256sum -- * >SHA256SUMS
cat SHA256SUMS
