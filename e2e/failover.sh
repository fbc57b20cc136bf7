#!/usr/bin/env bash
# Kills the primary of three PostgreSQL servers under Patroni, with one etcd and
# HAProxy, all on this machine, while two nodes of the portal are under load. It
# prints how long nothing could be written. It fails if something that was
# acknowledged is missing afterwards, or if anybody had access without a session
# in between.
set -euo pipefail
cd "$(dirname "$0")/.."
etcd=8130 peer=8131 haproxy=8138 node1=127.0.0.1:8128 node2=127.0.0.1:8129
rest() { echo $((8131 + $1)); }     # port of Patroni on server 1 to 3
postgres() { echo $((8134 + $1)); } # port of PostgreSQL
lasts=${1:-75}

bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -1)
dir=$(mktemp -d)
as=""
if [ "$(id -u)" = 0 ]; then
	chown postgres "$dir"
	as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
pids=()
run() { # log command...
	local log=$dir/$1.log
	shift
	# shellcheck disable=SC2086 # several words
	env -C "$dir" HOME="$dir" PATH="$bin:$PATH" $as "$@" >>"$log" 2>&1 &
	pids+=($!)
}
postmaster() { head -1 "$dir/data$1/postmaster.pid" 2>/dev/null || true; }
end() {
	kill "${pids[@]}" 2>/dev/null || true
	sleep 2
	for i in 1 2 3; do
		pid=$(postmaster $i)
		[ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null || true
	done
	wait || true
	rm -rf "$dir"
}
trap end EXIT
fail() {
	echo "failover: $*" >&2
	tail -n 15 "$dir"/*.log >&2
	exit 1
}
until_ok() { # what seconds command...
	local what=$1 seconds=$2
	shift 2
	for _ in $(seq $((seconds * 5))); do
		if "$@" >/dev/null 2>&1; then return; fi
		sleep 0.2
	done
	fail "$what: not within $seconds seconds"
}
is() { [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$(rest "$1")/$2")" = 200 ]; } # server what
leader() { for i in 1 2 3; do if is $i primary; then echo $i; fi; done; }
has_leader() { [ -n "$(leader)" ]; }

CGO_ENABLED=0 go build -o "$dir/portico" ./cmd/portico
CGO_ENABLED=0 go build -o "$dir/load" ./e2e/failover

run etcd etcd --name one --data-dir "$dir/etcd" --listen-client-urls http://127.0.0.1:$etcd --advertise-client-urls http://127.0.0.1:$etcd \
	--listen-peer-urls http://127.0.0.1:$peer --initial-advertise-peer-urls http://127.0.0.1:$peer --initial-cluster one=http://127.0.0.1:$peer
until_ok etcd 30 curl -fs http://127.0.0.1:$etcd/health
patroni_pids=("")
for i in 1 2 3; do
	cat >"$dir/patroni$i.yml" <<-PATRONI
		scope: portico
		name: server$i
		restapi: {listen: "127.0.0.1:$(rest $i)", connect_address: "127.0.0.1:$(rest $i)"}
		etcd3: {hosts: "127.0.0.1:$etcd"}
		bootstrap:
		  dcs:
		    ttl: 20
		    loop_wait: 2
		    retry_timeout: 5
		    synchronous_mode: true
		    postgresql: {use_pg_rewind: true, parameters: {max_connections: 100, shared_buffers: 64MB}}
		  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
		postgresql:
		  listen: "127.0.0.1:$(postgres $i)"
		  connect_address: "127.0.0.1:$(postgres $i)"
		  data_dir: $dir/data$i
		  bin_dir: $bin
		  pgpass: $dir/pgpass$i
		  parameters: {unix_socket_directories: "$dir"}
		  authentication: {superuser: {username: postgres}, replication: {username: replicator}}
		  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
	PATRONI
	run patroni$i patroni "$dir/patroni$i.yml"
	patroni_pids+=($!)
	[ $i != 1 ] || until_ok "the first server" 90 has_leader
done
for i in 1 2 3; do until_ok "server $i" 90 is $i health; done
until_ok "a synchronous standby" 60 bash -c "for p in $(rest 1) $(rest 2) $(rest 3); do curl -fs http://127.0.0.1:\$p/synchronous && exit 0; done; exit 1"

{
	printf 'defaults\n\tmode tcp\n\ttimeout connect 2s\n\ttimeout client 5m\n\ttimeout server 5m\nlisten postgres\n\tbind 127.0.0.1:%s\n' $haproxy
	printf '\toption httpchk GET /primary\n\thttp-check expect status 200\n\tdefault-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions\n'
	for i in 1 2 3; do printf '\tserver server%s 127.0.0.1:%s check port %s\n' $i "$(postgres $i)" "$(rest $i)"; done
} >"$dir/haproxy.cfg"
run haproxy haproxy -db -f "$dir/haproxy.cfg"
sql() { "$bin/psql" -h 127.0.0.1 -p $haproxy -U postgres -X -A -t -q "$@"; }
sleep 3 # at first HAProxy believes that each server is the primary
until_ok haproxy 30 sql -c 'CREATE ROLE portico LOGIN'
sql -c "CREATE DATABASE portico OWNER portico"

export PASSWORD=violet-harbour-9-lanterns PORTICO_DATABASE="postgres://portico@127.0.0.1:$haproxy/portico?sslmode=disable"
portico() { "$dir/portico" "$@" --data "$dir/portico-data"; }
portico init >/dev/null
portico customer create --slug acme --name "Acme Telecom" >/dev/null
portico user create --customer acme --login-id alice --first-name Alice --last-name Adams --email alice@example.com --role administrator --password-stdin <<<"$PASSWORD" >/dev/null
portico user create --customer acme --login-id ulla --first-name Ulla --last-name Urban --email ulla@example.com --role user --password-stdin <<<"$PASSWORD" >/dev/null
for node in $node1 $node2; do
	"$dir/portico" serve --data "$dir/portico-data" --listen $node --base-url http://$node >>"$dir/portico.log" 2>&1 &
	pids+=($!)
	until_ok "node $node" 30 curl -fs http://$node/readyz
done

"$dir/load" -nodes http://$node1,http://$node2 -acked "$dir/acked" -lasts "${lasts}s" &
load=$!
sleep 15
old=$(leader)
pid=$(postmaster "$old")
# shellcheck disable=SC2046 # several numbers
kill -9 "${patroni_pids[$old]}" "$pid" $(pgrep -P "$pid") 2>/dev/null # some have ended by then
killed=$(date +%s.%N)
rm -f "$dir/data$old/postmaster.pid" # the number in it may later belong to another process
until_ok "another primary" 60 has_leader
echo "server $old killed; server $(leader) was primary after $(echo "$(date +%s.%N) $killed" | awk '{printf "%.1f", $1 - $2}') s"
wait $load || fail "the load has failed"

sql -d portico -c 'SELECT email FROM users' | LC_ALL=C sort >"$dir/there"
LC_ALL=C sort "$dir/acked" >"$dir/acknowledged"
lost=$(LC_ALL=C comm -23 "$dir/acknowledged" "$dir/there" | wc -l)
echo "acknowledged people lost: $lost of $(wc -l <"$dir/acknowledged")"
run "patroni$old" patroni "$dir/patroni$old.yml"
until_ok "the killed server is back as a standby" 90 is "$old" replica
echo "server $old is back as a standby"
[ "$lost" = 0 ] || fail "acknowledged writes were lost"
