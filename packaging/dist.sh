#!/bin/sh
# Builds the release into dist/: static programs for three systems on two
# processors, for each a list of what it is made of and of the licences of that
# (CycloneDX), Debian packages, the manual pages, and SHA256SUMS. With
# SIGNING_KEY, a private key of ssh-keygen, also SHA256SUMS.sig. PLATFORMS names
# some of the six, such as linux/amd64.
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
if [ "${1:-}" = download ]; then # what it needs, for a machine without a network
	$go mod download
	exec $sbom version >/dev/null
fi

rm -rf dist
mkdir dist
for platform in ${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}; do
	os=${platform%/*} arch=${platform#*/}
	name=dist/portico-$version-$os-$arch
	[ "$os" != windows ] || name=$name.exe
	GOOS=$os GOARCH=$arch $go build -ldflags "-s -w -X portico/internal/cli.version=$version" -o "$name" ./cmd/portico
	# Reads what the program itself says. A serial number and the time would
	# differ each time.
	$sbom bin -json -std -licenses -noserial -notimestamp -version "$version" -output "$name.cdx.json" "$name" >"$name.log" 2>&1 ||
		{ cat "$name.log" >&2; exit 1; }
	rm "$name.log"
	$go run ./packaging/licences "$name.cdx.json"
	if [ "$os" = linux ] && command -v dpkg-deb >/dev/null; then
		./packaging/deb.sh "$name" "$arch" "$version" dist
	fi
done
command -v dpkg-deb >/dev/null || echo "dist: there are no Debian packages, because dpkg-deb is missing" >&2
# The manual pages, from the same source as the help.
$go run -ldflags "-X portico/internal/cli.version=$version" ./cmd/portico man --out dist/man --quiet
tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rwX,go=rX -cf - man | gzip -n >"dist/portico-$version-man.tar.gz"
rm -r dist/man
cd dist
sha256sum -- * >SHA256SUMS
cat SHA256SUMS
[ -z "${SIGNING_KEY:-}" ] || ssh-keygen -q -Y sign -f "$SIGNING_KEY" -n portico SHA256SUMS
