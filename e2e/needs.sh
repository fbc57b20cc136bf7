#!/bin/sh
# Makes sure of what the tests use besides Go: a C compiler for the race
# detector, Chromium, an independent reader of QR codes and an independent maker
# of codes. As root on Debian it installs what is missing; otherwise it says so.
set -eu

missing=""
need() { # command package...
	command=$1
	shift
	command -v "$command" >/dev/null 2>&1 || missing="$missing $*"
}
need gcc gcc libc6-dev
need chromium chromium
need zbarimg zbar-tools
need oathtool oathtool
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086 # a list of packages
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
	echo "The tests need these packages, please install them:$missing" >&2
	exit 1
fi
