#!/usr/bin/env bash
# Lets tools of attackers loose on a demo on this machine, which they may break:
# ffuf guesses addresses, sqlmap and wapiti attack parameters and forms, as
# nobody, as a user and as an administrator. It fails when one of them finds
# something; the reports stay in the directory that it prints.
set -euo pipefail
cd "$(dirname "$0")/.."

address=127.0.0.1:8099
base=http://$address
reports=${PORTICO_REPORTS:-bin/attack}
words=/usr/share/dirb/wordlists/common.txt
found=0

rm -rf "$reports"
mkdir -p "$reports"
CGO_ENABLED=0 go build -o bin/portico ./cmd/portico
bin/portico demo --listen "$address" >"$reports/demo.log" 2>&1 &
demo=$!
trap 'kill $demo; wait $demo || true' EXIT
for _ in $(seq 100); do
	curl -fs -o /dev/null "$base/healthz" && break
	sleep 0.1
done
password=$(sed -n 's/^ *\(demo-[a-z0-9]*\)$/\1/p' "$reports/demo.log" | head -1)

# login prints the cookie of a new session of somebody without 2FA.
login() {
	curl -s -o /dev/null -D - --data-urlencode "login_id=$1" --data-urlencode "password=$password" "$base/login" |
		sed -n 's/^Set-Cookie: \(portico_session=[^;]*\).*/\1/p'
}

# addresses guesses names below the paths after the first two words, and
# complains of answers other than 404 and those named in the pattern.
addresses() { # who cookie expected path...
	local who=$1 cookie=$2 expected=$3
	shift 3
	for path; do
		local report="$reports/ffuf-$who$(tr / - <<<"$path").json"
		ffuf -s -t 8 -w "$words" -u "$base${path}FUZZ" -H "Cookie: $cookie" -mc all -fc 404 -of json -o "$report" >/dev/null
		jq -r --arg path "$path" '.results[] | "\(.status) \($path)\(.input.FUZZ)"' "$report" | sort -u |
			grep -vE "^($expected)\$" | sed "s/^/ffuf as $who: /" | tee -a "$reports/findings.txt" || true
	done
	echo "ffuf as $who: $(wc -l <"$words") names below each of: $*"
}
public='200 /(login|login/forgot|healthz|readyz)|307 /static|405 /logout'
own='200 /(account|confirm|account/(password|profile|sessions))|204 /session|303 /(login)?'
addresses nobody "" "$public|401 /session|303 /(account(/.*)?|administration/.*|confirm|login/(code|recovery))?" / /login/ /account/ /administration/ /administration/access/ /static/
addresses user "$(login dmitri)" "$public|$own|403 /administration/.*" / /account/ /administration/ /administration/access/
addresses administrator "$(login alice)" "$public|$own|200 /administration/(access|audit|policy)|200 /administration/access/(new|import)" / /account/ /administration/ /administration/access/

inject() { # name cookie [sqlmap's arguments]
	local name=$1 cookie=$2
	shift 2
	timeout 300 sqlmap --batch --level 3 --risk 2 --threads 2 --flush-session --disable-coloring --output-dir "$reports/sqlmap" \
		--ignore-code '*' --cookie "$cookie" "$@" >"$reports/sqlmap-$name.log" 2>&1 || echo "sqlmap on $name: stopped ($?)"
	grep -E 'is vulnerable|injectable' "$reports/sqlmap-$name.log" | grep -vE 'not (seem to be )?injectable|might not be|do not appear' |
		sed "s/^/sqlmap on $name: /" | tee -a "$reports/findings.txt" || true
	echo "sqlmap on $name: $(grep -cE 'testing .* (injection|query|queries)|testing .(AND|OR|HAVING|Generic)' "$reports/sqlmap-$name.log") kinds of injection tried"
}
inject login "" -u "$base/login" --data "login_id=alice&password=x" -p login_id,password
inject forgot "" -u "$base/login/forgot" --data "login_id=alice" -p login_id
inject cookie "portico_session=x*" -u "$base/account"
inject list "$(login alice)" -u "$base/administration/access?after=x&done=x" -p after,done
inject user "$(login alice)" -u "$base/administration/access/x*"

# wapiti reads cookies from a file, and goes wherever links and forms lead.
crawl() { # name login
	local name=$1 cookie
	cookie=$(login "$2")
	jq -n --arg host 127.0.0.1 --arg value "${cookie#*=}" '{($host): {"/": {"portico_session": {version: 0, value: $value, expires: null, secure: false, port: null}}}}' \
		>"$reports/cookie.json"
	timeout 420 wapiti -u "$base/account" --scope domain -s "$base/administration/access" -x "$base/logout" -c "$reports/cookie.json" \
		-m all,-nikto,-buster,-wapp,-drupal_enum,-wp_enum --max-scan-time 120 --max-attack-time 45 --flush-session --no-bugreport \
		--store-session "$reports/wapiti" -f json -o "$reports/wapiti-$name.json" >"$reports/wapiti-$name.log" 2>&1 || echo "wapiti as $name: stopped ($?)"
	jq -r '.vulnerabilities, .anomalies | to_entries[] | .key as $k | .value[] | "\($k): \(.method) \(.path) \(.info)"' "$reports/wapiti-$name.json" |
		sort | uniq -c | sed "s/^/wapiti as $name: /" | tee -a "$reports/findings.txt" || true
	echo "wapiti as $name: $(jq '.infos | tostring' "$reports/wapiti-$name.json")"
}
crawl user dmitri
crawl administrator alice

kill -0 $demo || { echo "the portal has died" | tee -a "$reports/findings.txt"; }
grep -aE 'level=ERROR|panic' "$reports/demo.log" | sed 's/^/the portal logged: /' | sort | uniq -c | tee -a "$reports/findings.txt" || true
echo "Reports: $reports"
[ ! -s "$reports/findings.txt" ] || found=1
exit $found
