#!/usr/bin/env bash
# Tests packaging/nginx.conf and packaging/Caddyfile, with other ports and a
# certificate of its own, in front of two nodes on one PostgreSQL database, that
# of postgres.sh. Then it runs the journeys in Chromium, with nginx in front of
# two nodes.
set -euo pipefail
cd "$(dirname "$0")/.."
node1=127.0.0.1:8122 node2=127.0.0.1:8123 application=127.0.0.1:8124
name=portal.example.com
password=violet-harbour-9-lanterns
secret=Fp3vTq8mXw2kRz6sYb9nLd4g
dir=$(mktemp -d)
chmod 755 "$dir"
pids=()
end() {
	kill "${pids[@]}" 2>/dev/null || true
	wait || true
	rm -rf "$dir"
}
trap end EXIT
fail() {
	echo "proxies: $*" >&2
	tail -n 20 "$dir"/*.log >&2 || true
	exit 1
}
until_answers() { # curl's arguments
	for _ in $(seq 300); do
		if curl -fsk -o /dev/null "$@"; then return; fi
		sleep 0.1
	done
	fail "no answer: $*"
}

CGO_ENABLED=0 go build -o "$dir/portico" ./cmd/portico
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
	-keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
export PORTICO_DATABASE=$PORTICOTEST_DATABASE
"$dir/portico" init --data "$dir/data" >/dev/null
"$dir/portico" customer create --data "$dir/data" --slug acme --name "Acme Telecom" >/dev/null
for who in nora carl; do
	"$dir/portico" user create --data "$dir/data" --customer acme --login-id $who --first-name ${who^} --last-name Tester \
		--email $who@example.com --role administrator --password-stdin <<<"$password" >/dev/null
done
serve() { # address log base-url
	"$dir/portico" serve --data "$dir/data" --listen "$1" --base-url "$3" --trusted-proxy 127.0.0.1/32 >"$dir/$2" 2>&1 &
	pids+=($!)
	until_answers "http://$1/readyz"
}

# client is a browser at another address than the proxy's. It forges its address.
client() { curl -s --cacert "$dir/cert.pem" --resolve "*:$port:127.0.0.1" --interface 127.0.0.9 -H "X-Forwarded-For: 203.0.113.7" \
	-H "X-Real-IP: 203.0.113.8" -H "Forwarded: for=203.0.113.9" \
	-H "Origin: ${origin:-$base}" -b "$dir/jar" -c "$dir/jar" "$@"; }
holds() { [[ $2 == *"$3"* ]] || fail "$1: no “$3” in: $2"; }
requests() { grep -c 'msg=request' "$1" || true; }

# journey uses the portal through one proxy, as somebody who has no 2FA yet.
journey() { # who
	local who=$1 key code got before1 before2 i
	: >"$dir/jar"
	before1=$(requests "$dir/node1.log") before2=$(requests "$dir/node2.log")
	got=$(client -i "$base/application/x")
	holds "the application without a session" "$got" "/login?next=/application/x"
	got=$(client -i --data-urlencode "login_id=$who" --data-urlencode "password=$password" "$base/login")
	holds "log-in" "$got" "303"
	client -o /dev/null -X POST "$base/logout" -d ''
	# A link with parameters leads back to itself, whole.
	for deep in '/application/x?a=1&b=2&c=%2Fd%26e' '/application/x%2Fy?q=a+b&to=https://example.org/?x=1&y=' '/application/x'; do
		got=$(client -i "$base$deep" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
		got=$(client "${got/#\//$base/}" | sed -n 's/.*name="next" value="\([^"]*\)".*/\1/p' | sed 's/&amp;/\&/g; s/&#43;/+/g')
		[ "$got" = "$deep" ] || fail "$deep leads back to $got"
		got=$(client -i --data-urlencode "login_id=$who" --data-urlencode "password=$password" --data-urlencode "next=$got" "$base/login" | tr -d '\r')
		holds "the log-in" "$got"$'\n' "ocation: $deep"$'\n'
		[ "$deep" = /application/x ] || client -o /dev/null -X POST "$base/logout" -d ''
	done
	got=$(client -i --data-urlencode "login_id=$who" --data-urlencode "password=$password" "$base/login")
	got=$(grep -i '^set-cookie: __host-portico_session=' <<<"$got") || fail "no cookie __Host-portico_session"
	for flag in Secure HttpOnly SameSite=Lax Path=/; do holds "the cookie" "$got" "$flag"; done
	client -o /dev/null -d '' "$base/account/two-factor/enable"
	key=$(client "$base/account/two-factor/enable" | grep -o 'data-testid="setup-key"[^<]*<' | sed 's/.*>\(.*\)</\1/')
	code=$(oathtool --totp -b "$key")
	holds "enabling 2FA" "$(client -i -d "code=$code" "$base/account/two-factor/confirm")" "303"
	client -o /dev/null -X POST "$base/logout" -d ''
	holds "after logging out" "$(client -i "$base/session")" "401"

	client -o /dev/null --data-urlencode "login_id=$who" --data-urlencode "password=$password" "$base/login"
	holds "after the password alone" "$(client -i "$base/session")" "401"
	code=$(oathtool --totp -b --now "+30 seconds" "$key")
	holds "the code" "$(client -i -d "code=$code" "$base/login/code")" "303"
	for i in $(seq 20); do
		holds "request $i" "$(client "$base/account")" "Log out"
	done
	got=$(client -i -H "Portico-Role: operator" "$base/application/x")
	holds "the application" "$got" "application: $who acme administrator, cookie: none, from: 127.0.0.9 127.0.0.9 -"
	got=$(client "$base/administration/audit.csv" | grep "$who")
	holds "the audit log" "$got" "127.0.0.9"
	if grep -q -e '203\.0\.113\.7' -e '127\.0\.0\.1[^0-9]' <<<"$got"; then fail "the audit log has another address: $got"; fi
	holds "from another site" "$(origin=https://elsewhere.example client -i -d '' "$base/logout")" "403"
	# One-time links must not be in any log, neither as the address nor as the referrer of a request.
	for i in "$base/activate/$secret" "$base//activate/$secret" "$base/PASSWORD/$secret"; do
		client -o /dev/null "$i"
		client -o /dev/null -H "Referer: $i" "$base/login"
	done
	if grep -q "$secret" "$dir"/*.log; then fail "a log holds a one-time link: $(grep "$secret" "$dir"/*.log)"; fi
	grep -q "/administration/audit.csv" "$dir/$proxy"-access.log || fail "the access log is empty"
	before1=$(($(requests "$dir/node1.log") - before1)) before2=$(($(requests "$dir/node2.log") - before2))
	echo "$proxy: $before1 requests to one node, $before2 to the other"
	[ "$before1" -gt 10 ] && [ "$before2" -gt 10 ] || fail "the requests are not spread"
}

proxy=nginx port=8120 base=https://$name:8120
serve $node1 node1.log "$base"
serve $node2 node2.log "$base"
{
	echo "pid $dir/nginx.pid; error_log $dir/nginx.log; events {} http { access_log off;"
	for part in client_body proxy fastcgi uwsgi scgi; do echo "${part}_temp_path $dir/$part;"; done
	sed -e "s/127.0.0.1:8080/$node1/; s/127.0.0.1:8081/$node2/; s/127.0.0.1:9000/$application/" \
		-e "s/listen 80;/listen 127.0.0.1:8121;/; s/listen 443/listen 127.0.0.1:$port/" \
		-e "s|/var/log/nginx/portico.log|$dir/nginx-access.log|" \
		-e "s|/etc/ssl/portal.example.com.pem|$dir/cert.pem|; s|/etc/ssl/private/portal.example.com.key|$dir/key.pem|" packaging/nginx.conf
	cat <<-'APPLICATION'
		map $http_cookie $cookies { "" none; default some; }
		map $http_forwarded $forwarded { "" -; default $http_forwarded; }
		server {
	APPLICATION
	echo "listen $application;"
	# shellcheck disable=SC2016 # variables of nginx
	echo 'location / { default_type text/plain; return 200 "application: $http_portico_login_id $http_portico_customer $http_portico_role, cookie: $cookies, from: $http_x_forwarded_for $http_x_real_ip $forwarded\n"; } } }'
} >"$dir/nginx.conf"
nginx -p "$dir" -c "$dir/nginx.conf" -g 'daemon off;' 2>>"$dir/nginx.log" &
pids+=($!)
until_answers --resolve "$name:$port:127.0.0.1" "$base/healthz"
journey nora
holds "clear text" "$(curl -si "http://127.0.0.1:8121/account")" "308"
kill "${pids[0]}" # node 1
wait "${pids[0]}" || fail "a node does not stop well"
for i in $(seq 10); do holds "request $i with one node" "$(client "$base/account")" "Log out"; done
echo "nginx: with one node stopped everybody is still logged in"
kill "${pids[1]}"
wait "${pids[1]}" || fail "a node does not stop well"

proxy=caddy port=8125 base=https://$name:8125
serve $node1 node1.log "$base"
serve $node2 node2.log "$base"
{
	sed -e "s/127.0.0.1:8080/$node1/; s/127.0.0.1:8081/$node2/; s/127.0.0.1:9000/$application/" \
		-e "s|^{$|{\n\tadmin off\n\tauto_https off|; s|^portal.example.com {|$base {\n\ttls $dir/cert.pem $dir/key.pem|" packaging/Caddyfile
} >"$dir/Caddyfile"
XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir caddy run --adapter caddyfile --config "$dir/Caddyfile" >"$dir/caddy-access.log" 2>&1 &
pids+=($!)
until_answers --resolve "$name:$port:127.0.0.1" "$base/healthz"
journey carl

[ "${1:-}" = quick ] || PORTICOTEST_E2E_NODES=2 go test -count=1 -timeout 40m ./e2e
