#!/bin/bash
# The first half of the day: a portal on SQLite, from its installation to the
# backup that it is restored from on another machine.
. /root/operate/lib.sh

step "install the package of the version before"
apt-get -qq install /root/old.deb >/dev/null
portico version
# A small disk, so that it can be filled.
mount -t tmpfs -o "size=512m,mode=700,uid=$(id -u portico),gid=$(id -g portico)" none /var/lib/portico
authority
certificate 90
settings /var/lib/portico 8443 9090
mail_server
systemctl enable -q --now portico
until_ok 120 ready
prometheus

step "first administrator, who enables 2FA; and others"
link=$(journalctl -u portico -o cat | grep -o '/setup/[A-Za-z0-9_-]*' | head -1)
client -o /dev/null -d kind=administrator -d customer_name=Acme -d customer_slug=acme -d first_name=Nora -d last_name=Nilsson -d email=nora@example.com \
	-d login_id=nora -d "password=$password" "$base$link"
jar=/root/jar-nora
client -c $jar -b $jar -o /dev/null -d login_id=nora -d "password=$password" "$base/login"
client -c $jar -b $jar -o /dev/null -d '' "$base/account/two-factor/enable"
client -c $jar -b $jar "$base/account/two-factor/enable" | grep -o 'data-testid="setup-key"[^<]*<' | sed 's/.*>\(.*\)</\1/; s/ //g' >$kept/key
echo 0 >$kept/step
client -c $jar -b $jar -o /dev/null -d "code=$(code)" "$base/account/two-factor/confirm"
portico_do customer create --slug globex --name Globex >/dev/null
user() { # customer, login ID
	portico_do user create --customer "$1" --login-id "$2" --first-name "${2^}" --email "$2@example.com" --role user --password-stdin <<<"$password" >/dev/null
}
for who in anna bert carl dora; do user acme $who; done
user globex greta
logs_in greta
echo 6 >$kept/people
nothing_lost
alerts

step "back up, and upgrade"
install -d -o portico -g portico -m 700 /backup /other-disk
portico_do backup /backup/before.db >/dev/null # as the version before does it
install -o portico -m 600 /var/lib/portico/keyset.json /other-disk/before.json
apt-get -qq install /root/new.deb >/dev/null 2>&1
until_ok 120 ready
portico version
has_session nora || fail "nora's session has ended"
nothing_lost
alerts

step "the mail server is down, five people are invited"
systemctl stop mailserver
for who in eva finn gina hugo ida; do
	portico_do user create --customer acme --login-id $who --first-name ${who^} --email $who@example.com --role user >/dev/null
done
echo 11 >$kept/people
until_ok 120 fires PorticoMailsWait
step "the mail server is up"
mail_server
for who in eva finn gina hugo ida; do until_ok 400 grep -q "^b'To: .*$who" /root/mails; done
alerts PorticoMailsWait
for who in eva finn gina hugo ida; do
	[ "$(mails_to $who)" = 1 ] || fail "$who got $(mails_to $who) mails"
done
nothing_lost

step "the disk is full"
head -c 1G /dev/zero >/var/lib/portico/filler 2>/dev/null || true
until_ok 120 fires PorticoDiskFull
until_ok 120 fires PorticoNotReady
[ "$(client -o /dev/null -w '%{http_code}' -d login_id=anna -d "password=$password" $base/login)" = 503 ] || fail "a log-in is not answered with 503"
step "the disk has room"
rm /var/lib/portico/filler
until_ok 120 ready
alerts PorticoDiskFull PorticoNotReady -- PorticoChangesFail PorticoJobFails
nothing_lost

step "the last backup; then this machine goes away"
portico_do backup /backup/portico.db --keyset-copy /other-disk/keyset.json >/dev/null
systemctl stop portico
until_ok 120 fires PorticoDown
watched
alerts PorticoDown
