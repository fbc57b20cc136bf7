# What the two halves of make operate share: the person who logs in, the mail
# server, and what is looked at after each step.
# shellcheck shell=bash
set -Eeuo pipefail
cd /
base=https://portal.example.com:8443
password=violet-harbour-9-lanterns
kept=/root/kept # goes from machine to machine
mkdir -p $kept/checkpoints
grep -q portal.example.com /etc/hosts || echo 127.0.0.1 portal.example.com >>/etc/hosts

began=$SECONDS
trap 'echo "operate: “$BASH_COMMAND” has failed in $0, line $LINENO" >&2; journalctl -q --no-pager -n 15 -u portico -u portico2 >&2' ERR
step() { printf '%4ds  %s\n' $((SECONDS - began)) "$*"; }
fail() {
	echo "operate: $*" >&2
	journalctl -q --no-pager -n 15 -u portico -u portico2 >&2
	exit 1
}
until_ok() { # seconds command...
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || fail "not in time: $*"
		sleep 0.2
	done
}
portico_do() { runuser -u portico -- env PORTICO_DATA="${data:-/var/lib/portico}" portico "$@"; }

# The portal has TLS of its own, by an authority of this day.
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=authority of the day" \
		-keyout $kept/ca.key -out $kept/ca.pem 2>/dev/null
}
certificate() { # days
	openssl req -x509 -CA $kept/ca.pem -CAkey $kept/ca.key -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$1" -subj /CN=portal.example.com \
		-addext subjectAltName=DNS:portal.example.com -addext basicConstraints=CA:FALSE -keyout /etc/portico/new.key -out /etc/portico/new.pem 2>/dev/null
	chown root:portico /etc/portico/new.*
	chmod 640 /etc/portico/new.*
	mv /etc/portico/new.key /etc/portico/portal.key
	mv /etc/portico/new.pem /etc/portico/portal.pem
}
settings() { # data directory, port, port of the metrics
	cat >"$1/portico.toml" <<-TOML
		listen = "127.0.0.1:$2"
		base-url = "$base"
		tls-cert = "/etc/portico/portal.pem"
		tls-key = "/etc/portico/portal.key"
		metrics-listen = "127.0.0.1:$3"
		smtp = "smtp://localhost:2525"
		mail-from = "Portal <portal@example.com>"
	TOML
	chown portico:portico "$1/portico.toml"
	chmod 600 "$1/portico.toml"
}
# client is a browser that a proxy leads to a node, the first one unless $node is
# the port of another.
client() { curl -sS --max-time 30 --cacert $kept/ca.pem --connect-to "portal.example.com:8443:127.0.0.1:${node:-8443}" -H "Origin: $base" "$@"; }
ready() { client -f -o /dev/null "$base/readyz"; }

# The mail server is Python's own, and prints what it gets.
mail_server() { systemd-run -q --unit=mailserver -p StandardOutput=append:/root/mails python3 -u -W ignore -m smtpd -n -c DebuggingServer 127.0.0.1:2525; }
mails_to() { grep -c "^b'To: .*$1" /root/mails || true; }

# code prints a code of nora's that was not used yet. The portal takes those of
# the step before and after as well.
code() {
	local last now at
	last=$(cat $kept/step)
	while now=$(($(date +%s) / 30)) && [ "$last" -gt "$now" ]; do sleep 1; done
	at=$((last >= now ? last + 1 : now))
	echo $at >$kept/step
	oathtool --totp -b --now "@$((at * 30))" "$(cat $kept/key)"
}
logs_in() { # login ID
	local jar=/root/jar-$1
	rm -f "$jar"
	client -c "$jar" -b "$jar" -o /dev/null --data-urlencode "login_id=$1" --data-urlencode "password=$password" "$base/login"
	[ "$1" != nora ] || client -c "$jar" -b "$jar" -o /dev/null -d "code=$(code)" "$base/login/code"
	has_session "$1"
}
has_session() { [ "$(client -o /dev/null -w '%{http_code}' -b "/root/jar-$1" "$base/session")" = 204 ]; }

# nothing_lost is the look after each step: somebody known logs in with a code,
# everybody is there, the doctor has no complaint, and the audit log goes on from
# each of its earlier checkpoints.
nothing_lost() {
	local there checkpoints=() f
	logs_in nora || fail "nora cannot log in"
	there=$(portico_do user list | grep -c '@example.com') || true
	[ "$there" = "$(cat $kept/people)" ] || fail "there are $there people, not $(cat $kept/people)"
	portico_do doctor >/root/doctor || fail "the doctor: $(grep -v '^ok' /root/doctor)"
	rm -f /var/tmp/acme.jsonl
	portico_do audit export --customer acme --output /var/tmp/acme.jsonl >/dev/null
	for f in "$kept"/checkpoints/*; do [ ! -e "$f" ] || checkpoints+=(--checkpoint "$f"); done
	portico audit verify /var/tmp/acme.jsonl --key "$(portico_do audit key)" "${checkpoints[@]}" >/root/verified || fail "the audit log: $(cat /root/verified)"
	portico_do audit checkpoint --customer acme >"$kept/checkpoints/$(date +%s)"
}

# Prometheus looks each second. The rules are those of packaging, twelve times as
# quick, and a mail is old after half a minute: before it is tried again.
prometheus() {
	mkdir -p /root/prometheus
	perl -pe 's/(for: |\[)(\d+)([mh])/$1 . $2 * ($3 eq "h" ? 300 : 5) . "s"/ge; s/ > 120$/ > 15/; s/ > 3600$/ > 30/; s/> 2 \* 86400/> 14400/' \
		/root/portico/packaging/alerts.yaml >/root/prometheus/alerts.yaml
	printf '%s\n' 'global: {scrape_interval: 1s, evaluation_interval: 1s}' 'rule_files: [alerts.yaml]' \
		'scrape_configs: [{job_name: portico, file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]}]' >/root/prometheus/prometheus.yml
	watched 127.0.0.1:9090
	systemd-run -q --unit=prometheus -p WorkingDirectory=/root/prometheus prometheus --config.file=prometheus.yml \
		--storage.tsdb.path=/root/prometheus/data --web.listen-address=127.0.0.1:9091
	until_ok 60 curl -fs http://127.0.0.1:9091/-/ready
	since=$(date +%s)
}
watched() { jq -n '[{targets: $ARGS.positional}]' --args "$@" >/root/prometheus/targets.json; }
query() { curl -fsS --data-urlencode "query=$1" http://127.0.0.1:9091/api/v1/query | jq -r '.data.result[].metric.alertname' | sort -u | xargs; }
firing() { query 'ALERTS{alertstate="firing"}'; }
fires() { [[ " $(firing) " == *" $1 "* ]]; }
quiet() { [ -z "$(firing)" ]; }

# alerts checks which alerts have fired since it was last called: all of the
# first, of the others only those that follow --. Then it waits until none does.
alerts() {
	local fired name must=() may=() other=
	for name; do
		if [ "$name" = -- ]; then other=yes; elif [ -z "$other" ]; then must+=("$name"); else may+=("$name"); fi
	done
	until_ok 400 quiet
	fired=$(query "count by (alertname) (count_over_time(ALERTS{alertstate=\"firing\"}[$(($(date +%s) - since + 1))s]))")
	for name in "${must[@]}"; do [[ " $fired " == *" $name "* ]] || fail "the alert $name has not fired, only: $fired"; done
	for name in $fired; do [[ " ${must[*]} ${may[*]} " == *" $name "* ]] || fail "the alert $name has fired"; done
	printf '       fired: %s\n' "${fired:-none}"
	sleep 2
	since=$(($(date +%s) - 1))
}
