#!/usr/bin/env bash
# Runs attack tools on portals on this machine, which they may break: ffuf
# guesses addresses, and sqlmap and wapiti attack parameters and forms, as
# nobody, as a user, as an administrator and as an operator. It fails if a tool
# finds something that docs/security.md does not explain, or if the portals' logs
# show that a tool has not really attacked. The reports stay in the directory
# that it prints.
set -euo pipefail
cd "$(dirname "$0")/.."

address=127.0.0.1:8099
base=http://$address
address2=127.0.0.1:8098
base2=http://$address2
reports=${PORTICOTEST_REPORTS:-bin/attack}
words=/usr/share/dirb/wordlists/common.txt

rm -rf "$reports"
mkdir -p "$reports"
: >"$reports/findings.txt"
CGO_ENABLED=0 go build -o bin/portico ./cmd/portico

# serve starts a portal and waits until it answers.
pids=()
trap 'kill "${pids[@]}" && wait || true' EXIT
serve() { # address log [arguments]
	local address=$1 log=$2
	shift 2
	bin/portico "$@" --listen "$address" >"$log" 2>&1 &
	pids+=($!)
	for _ in $(seq 100); do
		curl -fs -o /dev/null "http://$address/healthz" && return
		sleep 0.1
	done
	echo "no portal answers at $address" >&2
	exit 1
}

# demo starts a new portal with some more people, and makes this browser a known
# device of those who log in below.
demo() { # name people
	if [ ${#pids[@]} -gt 0 ]; then
		kill "${pids[@]}" || echo "a portal has died" | found
		wait || true
		pids=()
		rm -f "$reports"/browser-*
	fi
	log=$reports/$1.log
	serve "$address" "$log" demo --users "$2"
	password=$(sed -n 's/^ *\(demo-[a-z0-9]*\)$/\1/p' "$log" | head -1)
	for who in alice dmitri olga; do login "$who" >/dev/null; done
}

# found stores what a tool reports, and prints it.
found() { tee -a "$reports/findings.txt"; }

# login logs in and prints the cookies. It uses a known device of the person,
# which the throttle still accepts when the tools have used up the attempts of
# this address.
login() { # login ID
	local jar=$reports/browser-$1
	touch "$jar"
	sed -i '/portico_session/d' "$jar"
	curl -s -o /dev/null -b "$jar" -c "$jar" --data-urlencode "login_id=$1" --data-urlencode "password=$password" "$base/login"
	awk 'NF == 7 { printf "%s%s=%s", sep, $6, $7; sep = "; " }' "$jar"
}

# begin and tally count in the log of a portal what a tool has sent. A tool has
# not attacked anything if it sent too few requests, or too few of them have a
# status that only the attacked page returns, and neither the throttle nor the
# log-in page.
begin() { from=$(wc -l <"$log"); }
tally() { # what requests status how-many
	local statuses total=0 of=0 n status
	statuses=$(tail -n +"$((from + 1))" "$log" | sed -n 's/.*msg=request .* status=\([0-9]*\) .*/\1/p' | sort | uniq -c)
	while read -r n status; do
		total=$((total + n))
		[[ ! $status =~ ^($3)$ ]] || of=$((of + n))
	done <<<"$statuses"
	echo "$1: $total requests;$(awk '{ printf " %d× %s", $1, $2 }' <<<"$statuses")"
	if [ "$total" -lt "$2" ] || [ "$of" -lt "$4" ]; then
		echo "$1: no attack, of $total requests only $of were answered with $3" | found
	fi
}

# addresses guesses names below the paths that follow the first three arguments.
# It reports every response that is neither 404 nor matches the pattern.
addresses() { # who cookie expected path...
	local who=$1 cookie=$2 expected=$3 path report
	shift 3
	begin
	for path; do
		report="$reports/ffuf-$who$(tr / - <<<"$path").json"
		ffuf -s -t 8 -w "$words" -u "$base${path}FUZZ" -H "Cookie: $cookie" -mc all -fc 404 -of json -o "$report" >/dev/null 2>&1
		jq -r --arg path "$path" '.results[] | "\(.status) \($path)\(.input.FUZZ)"' "$report" | sort -u |
			{ grep -vE "^($expected)\$" || true; } | sed "s/^/ffuf as $who: /" | found
	done
	tally "ffuf as $who, below each of $*" $(($(grep -c . "$words") * $#)) 404 1000
}
demo ffuf 40
public='200 /(login|login/forgot|healthz|readyz)|307 /static|405 /logout'
own='200 /(account(/(password|profile|sessions))?|confirm)?|204 /session|303 /login'
addresses nobody "" "$public|401 /session|303 /(account(/.*)?|administration/.*|confirm|customers|login/(code|recovery))?" / /login/ /account/ /administration/ /administration/access/ /static/
addresses user "$(login dmitri)" "$public|$own|403 /(administration/.*|customers)" / /account/ /administration/ /administration/access/
addresses administrator "$(login alice)" "$public|$own|403 /customers|303 /administration/doors|200 /administration/(access|audit|policy|provider-access|report|resets)|200 /administration/access/(new|import)" / /account/ /administration/ /administration/access/
addresses operator "$(login olga)" "$public|$own|404 /administration/provider-access|200 /administration/(access|audit|policy|report|resets)|200 /administration/access/(new|import)|200 /customers(/(new|acme|globex))?|200 /customers/acme/(access|audit|policy|report|resets)|303 /customers/acme/suspend|405 /customers/acme/logo" / /administration/ /customers/ /customers/acme/

# wapiti follows links and forms, and attacks what it finds. Its modules nikto
# and wapp are left out because they load lists from elsewhere, and buster
# because ffuf has done the same. Modules that try to make the portal call other
# addresses use the address of a listener, which writes a log.
demo wapiti 0
mkdir "$reports/empty"
/usr/bin/python3 -u -m http.server 8097 --bind 127.0.0.1 --directory "$reports/empty" >"$reports/calls.log" 2>&1 &
pids+=($!)
crawl() { # who login-ID requests statuses start...
	local who=$1 requests=$3 statuses=$4 report=$reports/wapiti-$1 cookies="" start=() modules
	[ -z "$2" ] || cookies=$(login "$2")
	jq -n --arg cookies "$cookies" '{"127.0.0.1": {"/": ($cookies | split("; ") | map(split("=") | {(.[0]): {version: 0, value: .[1], expires: null, secure: false, port: null}}) | add // {})}}' \
		>"$reports/cookies.json"
	shift 4
	for path; do start+=(-s "$base$path"); done
	begin
	timeout 1200 /usr/bin/python3 e2e/wapiti.py -u "$base$1" --scope domain "${start[@]}" -x "$base/logout" -c "$reports/cookies.json" \
		-m all,-nikto,-buster,-wapp --max-scan-time 120 --max-attack-time 60 --flush-session --no-bugreport \
		--store-session "$reports/wapiti" --store-config "$reports/wapiti" --endpoint http://127.0.0.1:8097/ \
		-f json -o "$report.json" </dev/null >"$report.log" 2>&1 || echo "wapiti as $who: stopped ($?)" | found
	modules=$(grep -c 'Launching module' "$report.log" || true)
	[ "$modules" -ge 15 ] || echo "wapiti as $who: only $modules kinds of attack" | found
	tally "wapiti as $who, $modules kinds of attack on $(sed -n 's/.*Wapiti found \([0-9]*\) .*/\1/p' "$report.log") addresses and forms" "$requests" "$statuses" "$((requests / 2))"
	jq -r '.vulnerabilities, .anomalies | to_entries[] | .key as $k | .value[] | "\($k): \(.method) \(.path) \(.info)"' "$report.json" |
		sort -u | sed "s/^/wapiti as $who: /" | found
}
crawl user dmitri 500 "200|303|422" /account
crawl administrator alice 1000 "200|303|422" /account /administration/access /administration/audit /administration/policy /administration/resets /administration/access/import /administration/report
crawl operator olga 1000 "200|303|403|422" /customers /customers/acme /customers/acme/access /customers/acme/policy /customers/acme/resets /customers/acme/audit
crawl nobody "" 300 "200|4(10|22|29)" /login
# wapiti itself asks the listener whether it was called; leave those requests out.
{ grep -E '"[A-Z]+ /' "$reports/calls.log" || true; } | { grep -vE '"GET /get_(ssrf|xxe)\.php' || true; } | sed 's/^/the portal called: /' | found

# inject runs sqlmap on the parameters of one address. The request without an
# injection must succeed; otherwise nothing shows whether an injection changes
# the response.
inject() { # name status [sqlmap's arguments]
	local name=$1 status=$2 report=$reports/sqlmap-$1.log tried
	shift 2
	begin
	timeout 300 sqlmap --ignore-stdin --batch --answers "URI injections=N" --dbms SQLite --level 5 --risk 3 --threads 2 \
		--flush-session --disable-coloring --output-dir "$reports/sqlmap" --ignore-code '*' --ignore-redirects "$@" >"$report" 2>&1 ||
		echo "sqlmap on $name: stopped ($?)" | found
	{ grep -E "\[INFO\] .* injectable|is vulnerable|identified the following|CRITICAL" "$report" || true; } |
		{ grep -vE 'all tested parameters do not appear|heavily dynamic. sqlmap is going to retry' || true; } | sed "s/^/sqlmap on $name: /" | found
	tried=$(grep -c "testing '" "$report" || true)
	tally "sqlmap on $name, $tried kinds of injection" 100 "$status" 1
}
demo sqlmap 40
# Pages that need a session. Each gets a new session, because some forms need a
# log-in within the last ten minutes.
page=$(curl -s -b "$(login alice)" "$base/administration/access")
person=$(grep -o 'access/[0-9a-f-]\{36\}"' <<<"$page" | tail -1 | sed 's/.*access.\(.*\)"/\1/')
invitation=$(grep -o '/activate/[A-Za-z0-9_-]*' "$log" | head -1)
inject session 200 --cookie "$(login dmitri)" -u "$base/account" -p portico_session
inject pending 200 --cookie "$(login hugo)" -u "$base/login/code" -p portico_login
inject invitation 200 -u "$base$invitation*"
inject next 200 -u "$base/login?next=/account" -p next
inject list 200 --cookie "$(login alice)" -u "$base/administration/access?after=$person&done=user-saved" -p after,done
inject search 200 --cookie "$(login alice)" -u "$base/administration/access?q=ann" -p q
inject audit 200 --cookie "$(login alice)" -u "$base/administration/audit?before=1900000000000.x" -p before
inject person 200 --cookie "$(login alice)" -u "$base/administration/access/$person*"
inject profile 303 --cookie "$(login dmitri)" -u "$base/account/profile" --data "first_name=D&last_name=I&email=d@acme.example" -p first_name,last_name,email
inject end-session 303 --cookie "$(login dmitri)" -u "$base/account/sessions/end" --data "session=x" -p session
# Before new-person, which uses up the mails that a customer may send in an hour.
inject edit 303 --cookie "$(login alice)" -u "$base/administration/access/$person" --data "first_name=A&last_name=B&email=a@acme.example&role=user&labels=x" -p first_name,last_name,email,role,labels
inject new-person 303 --cookie "$(login alice)" -u "$base/administration/access/new" --data "first_name=A&last_name=B&email=a@acme.example&role=user&labels=x" -p first_name,last_name,email,role,labels
inject policy 200 --cookie "$(login alice)" -u "$base/administration/policy" --data "require_user=2030-01-01&password_length=16&reset_per_hour=3" -p require_user,password_length,reset_per_hour
inject report 200 --cookie "$(login alice)" -u "$base/administration/report?from=2026-01-01&to=2026-12-31" -p from,to
inject selected 200 --cookie "$(login alice)" -u "$base/administration/access/selected" --data "action=suspend&id.$person=1&back=q%3Dann" -p action,back
inject reset-asked 303 --cookie "$(login alice)" -u "$base/administration/access/$person/two-factor/delete" --data "reason=lost+phone" -p reason
inject reset 404 --cookie "$(login alice)" -u "$base/administration/resets/$person*"
inject import 404 --cookie "$(login alice)" -u "$base/administration/imports/$person*"
inject customers 200 --cookie "$(login olga)" -u "$base/customers?q=ac" -p q
inject customer 200 --cookie "$(login olga)" -u "$base/customers/acme*"
inject new-customer 303 --cookie "$(login olga)" -u "$base/customers/new" --data "slug=initech&name=Initech" -p slug,name
inject operated 303 --cookie "$(login olga)" -u "$base/customers/acme/access/$person" --data "first_name=A&last_name=B&email=a@acme.example&role=user&labels=x" -p first_name,role
# The log-in form and the forgotten password. The throttle soon refuses these
# requests, as it should; after that, unknown devices cannot log in from this
# address.
inject login-throttled 429 -u "$base/login" --data "login_id=eunji&password=x" -p login_id,password
inject forgot-throttled 429 -u "$base/login/forgot" --data "login_id=eunji" -p login_id
# The same forms without the throttle: this portal takes the address of a client
# from X-Forwarded-For, which sqlmap invents.
secret="$password-$password"
export PORTICO_DATA=$reports/data
bin/portico init >/dev/null
bin/portico customer create --slug acme --name Acme >/dev/null
bin/portico user create --customer acme --login-id ulla --first-name Ulla --last-name Urban --email ulla@acme.example \
	--role user --password-stdin <<<"$secret" >/dev/null
log=$reports/serve.log
serve "$address2" "$log" serve --base-url "$base2" --trusted-proxy 127.0.0.0/8
anywhere=(--tamper xforwardedfor)
inject login 303 "${anywhere[@]}" -u "$base2/login" --data "login_id=ulla&password=$secret&next=/account" -p login_id,next
inject password 422 "${anywhere[@]}" -u "$base2/login" --data "login_id=nobody&password=x" -p password --randomize login_id
inject browser 303 --drop-set-cookie "${anywhere[@]}" -u "$base2/login" --data "login_id=ulla&password=$secret" --cookie "portico_browser=x" -p portico_browser
inject forgot 200 "${anywhere[@]}" -u "$base2/login/forgot" --data "login_id=ulla" -p login_id

kill -0 "${pids[@]}" 2>/dev/null || echo "a portal has died" | found
{ grep -ahE 'level=ERROR|panic' "$reports"/{ffuf,wapiti,sqlmap,serve}.log || true; } | sed 's/^/the portal logged: /' | found

# These are explained in docs/security.md.
explained='wapiti as [a-z]+: (Cross Site Scripting: POST .* Permanent XSS vulnerability found in .*/administration/audit\.csv by .*|Warning: Content-Security-Policy is present!)|sqlmap on (new-person|edit): .* (target URL appears to be UNION|POST parameter .labels. appears to be .*) injectable .*|wapiti as [a-z]+: (Cross Site Request Forgery: POST .* Lack of anti CSRF token|HTTP Secure Headers: .* (X-Frame-Options|X-XSS-Protection|Strict-Transport-Security) is not set|Secure Flag cookie: .*)'
left=$(grep -cvE "^($explained)\$" "$reports/findings.txt" || true)
echo "Reports: $reports; $left findings that docs/security.md does not explain"
[ "$left" = 0 ]
