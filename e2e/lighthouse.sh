#!/bin/sh
# Runs Lighthouse on the log-in, Account and list pages of a demo on this
# machine, and prints the scores. Lighthouse comes from npm, in the version below.
set -eu
portico=$1
lighthouse=lighthouse@12.8.2
dir=$(mktemp -d)
"$portico" demo --listen 127.0.0.1:0 >"$dir/demo.log" 2>&1 &
demo=$!
trap 'kill "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; rm -rf "$dir"' EXIT INT TERM
for _ in $(seq 100); do
	grep -q '^What people are mailed' "$dir/demo.log" && break
	sleep 0.1
done
url=$(grep -o 'http://[^ ]*/login' "$dir/demo.log" | sed 's|/login||')
password=$(sed -n '/^Everybody/,$p' "$dir/demo.log" | sed -n 3p | tr -d ' ')
session() { # login ID: the cookies of somebody who has no 2FA
	curl -s -o /dev/null -c "$dir/jar" -H "Origin: $url" --data-urlencode "login_id=$1" --data-urlencode "password=$password" "$url/login"
	awk '/portico_session/ { print "portico_session=" $7 }' "$dir/jar"
}
cookie=$(session greta)
[ -n "$cookie" ] || { echo "greta cannot log in" >&2; exit 1; }
printf '{"Cookie": "%s"}' "$cookie" >"$dir/headers.json"
CHROME_PATH=$(command -v chromium)
export CHROME_PATH
for page in /login /account /administration/access; do
	npx --yes "$lighthouse" "$url$page" --quiet --output=json --output-path="$dir/report.json" --extra-headers="$dir/headers.json" \
		--only-categories=accessibility,best-practices,performance --chrome-flags="--headless=new --no-sandbox" >/dev/null
	printf '%s' "$page"
	jq -r '[.categories[] | "\(.title) \(.score * 100 | round)"] | "\t" + join("\t")' "$dir/report.json"
	jq -r '.audits[] | select(.score != null and .score < 0.9 and (.scoreDisplayMode == "binary" or .scoreDisplayMode == "numeric")) | "\t\(.id): \(.title)"' "$dir/report.json"
done
