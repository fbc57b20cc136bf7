#!/bin/sh
# Checks for the programs that make targets need besides Go. As root on Debian
# it installs missing ones; otherwise it names them. The argument names the
# target: test, attack, lighthouse, proxies, deb, machine (guide and operate),
# pgbouncer, bench, powercut, failover or alerts.
set -eu

missing=""
need() { # command package...
	command=$1
	shift
	command -v "$command" >/dev/null 2>&1 || missing="$missing $*"
}
case ${1:-} in test | proxies | pgbouncer | failover | bench)
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
	;;
esac
case ${1:-} in
test) # a C compiler for the race detector, independent programs for QR codes and one-time codes, PostgreSQL
	need gcc gcc libc6-dev
	need chromium chromium
	need zbarimg zbar-tools
	need oathtool oathtool
	;;
attack) # attack tools, and a list of common addresses
	need curl curl
	need jq jq
	need ffuf ffuf
	need dirb dirb
	need sqlmap sqlmap
	need wapiti wapiti
	;;
lighthouse) # npm, which installs Lighthouse
	need curl curl
	need jq jq
	need chromium chromium
	need npm npm
	;;
proxies) # the reverse proxies in front of the portal
	need curl curl
	need openssl openssl
	need oathtool oathtool
	need nginx nginx
	need caddy caddy
	;;
deb) # a Debian to install into
	need debootstrap debootstrap
	;;
machine) # a Debian with systemd to boot, and what looks at the portal there
	need debootstrap debootstrap
	need systemd-nspawn systemd-container
	need prometheus prometheus
	;;
pgbouncer) # the pooler in front of PostgreSQL
	need pgbouncer pgbouncer
	;;
bench) # the reverse proxy in front of the portal
	need nginx nginx
	;;
powercut) # strace, and an independent reader of databases
	need strace strace
	need sqlite3 sqlite3
	;;
failover) # PostgreSQL with automatic failover
	need curl curl
	need patroni patroni
	need etcd etcd-server
	need haproxy haproxy
	;;
alerts) # promtool
	need promtool prometheus
	;;
*)
	echo "usage: $0 test|attack|lighthouse|proxies|deb|machine|pgbouncer|powercut|failover|bench|alerts" >&2
	exit 2
	;;
esac
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086 # a list of packages
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
	echo "Please install these packages:$missing" >&2
	exit 1
fi
