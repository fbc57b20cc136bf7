#!/bin/sh
# Runs a command with a PostgreSQL server of its own, in a directory that is
# removed afterwards. PORTICOTEST_DATABASE is its address. If this is started by
# root, the server runs as the user postgres, because PostgreSQL refuses to run
# as root. With PORTICOTEST_POSTGRES=durable, the server keeps what it has
# acknowledged, and PORTICOTEST_FAULT_COMMAND is a command that stops it immediately
# and starts it again.
set -eu
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -1)
dir=$(mktemp -d)
as=""
if [ "$(id -u)" = 0 ]; then
	chown postgres "$dir"
	as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
# shellcheck disable=SC2086 # several words
run() { env -C "$dir" HOME="$dir" $as "$@"; }
stop() {
	run "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT INT TERM
run "$bin/initdb" -D "$dir/data" -U portico --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/log"
options="-c listen_addresses= -c unix_socket_directories=$dir -c max_connections=400 -c shared_buffers=128MB"
if [ "${PORTICOTEST_POSTGRES:-}" = durable ]; then
	PORTICOTEST_FAULT_COMMAND="cd $dir && $as $bin/pg_ctl -D $dir/data -l $dir/server.log -m immediate -w restart"
	export PORTICOTEST_FAULT_COMMAND
else # the data is not needed after the command
	options="$options -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
fi
run "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -o "$options" start >"$dir/log"
PORTICOTEST_DATABASE="postgres://portico@/postgres?host=$dir" "$@"
