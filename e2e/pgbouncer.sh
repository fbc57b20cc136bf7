#!/bin/sh
# Runs the store's tests behind Debian's pgbouncer, in both of its modes that
# keep transactions whole, in front of the server of postgres.sh. Apart from the
# mode, pgbouncer has its default settings.
set -eu
dir=$(mktemp -d)
pid=""
stop() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	wait || true
	rm -rf "$dir"
}
trap stop EXIT INT TERM
as=""
if [ "$(id -u)" = 0 ]; then # it refuses to run as root
	chown postgres "$dir"
	as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
chmod 755 "$dir"
server=${PORTICOTEST_DATABASE#*host=}
echo '"portico" ""' >"$dir/users"
for mode in session transaction; do
	cat >"$dir/$mode.ini" <<-END
		[databases]
		* = host=$server
		[pgbouncer]
		pool_mode = $mode
		listen_port = 6432
		unix_socket_dir = $dir
		auth_type = trust
		auth_file = $dir/users
		max_client_conn = 300
	END
	$as pgbouncer -q "$dir/$mode.ini" 2>"$dir/$mode.log" &
	pid=$!
	for _ in $(seq 100); do
		if [ -S "$dir/.s.PGSQL.6432" ]; then break; fi
		sleep 0.1
	done
	address="postgres://portico@/postgres?host=$dir&port=6432"
	if [ $mode = transaction ]; then address="$address&default_query_exec_mode=exec"; fi
	echo "pgbouncer, pool_mode = $mode"
	PORTICOTEST_POOLER=$address "$@" || {
		tail -n 20 "$dir/$mode.log" >&2
		exit 1
	}
	kill "$pid"
	wait "$pid" || true
	pid=""
done
