#!/bin/bash
# The second half of the day: another machine, which has the two files of the
# backup and nothing else of the first.
. /root/operate/lib.sh

step "install the package, and restore"
apt-get -qq install /root/new.deb >/dev/null
certificate 90
settings /var/lib/portico 8443 9090
mail_server
chown portico /backup/portico.db /other-disk/keyset.json
portico_do restore /backup/portico.db --keyset-copy /other-disk/keyset.json >/root/restored
systemctl enable -q --now portico
until_ok 120 ready
prometheus
# Codes that anybody can have seen before the restore are used up.
echo $(($(date +%s) / 30 + 2)) >$kept/step
logs_in greta || fail "greta cannot log in"
nothing_lost
alerts

step "move to PostgreSQL, behind pgbouncer"
systemctl start postgresql
runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 <<-'SQL'
	CREATE ROLE portico LOGIN PASSWORD 'secret';
	CREATE DATABASE portico OWNER portico ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
SQL
# This client and server share a machine; elsewhere pgbouncer has the passwords.
printf '%s\n' '[databases]' 'portico = host=127.0.0.1 user=portico password=secret' '[pgbouncer]' 'listen_addr = 127.0.0.1' 'listen_port = 6432' \
	'pool_mode = transaction' 'auth_type = trust' 'auth_file = /etc/pgbouncer/userlist.txt' 'unix_socket_dir =' >/etc/pgbouncer/pgbouncer.ini
echo '"portico" "secret"' >/etc/pgbouncer/userlist.txt
systemctl start pgbouncer
database() { # name, address
	echo "$2" >"/etc/portico/$1"
	chown root:portico "/etc/portico/$1"
	chmod 640 "/etc/portico/$1"
}
database direct postgres://portico:secret@127.0.0.1/portico
database pooled 'postgres://portico@127.0.0.1:6432/portico?sslmode=disable&default_query_exec_mode=exec'
systemctl stop portico
portico_do move --database-file /etc/portico/direct >/root/moved
until_ok 120 fires PorticoDown # the portal is away for as long as the move takes
echo 'database-file = "/etc/portico/pooled"' >>/var/lib/portico/portico.toml
systemctl start portico
until_ok 120 ready
has_session greta || fail "greta's session has ended"
nothing_lost
alerts PorticoDown

step "a second node, whose keyset is a credential of systemd"
install -d -o portico -g portico -m 700 /var/lib/portico2
settings /var/lib/portico2 8444 9092
echo 'database-file = "/etc/portico/pooled"' >>/var/lib/portico2/portico.toml
install -m 600 /var/lib/portico/keyset.json /etc/portico/keyset
sed -e 's,PORTICO_DATA=/var/lib/portico,PORTICO_DATA=/var/lib/portico2,; s,^StateDirectory=portico,StateDirectory=portico2,' \
	-e '/^ExecStart=/i LoadCredential=keyset:/etc/portico/keyset' -e '/^ExecStart=/i Environment=PORTICO_KEYSET=%d/keyset' \
	/usr/lib/systemd/system/portico.service >/etc/systemd/system/portico2.service
systemctl daemon-reload
systemctl start portico2
node=8444 until_ok 120 ready
watched 127.0.0.1:9090 127.0.0.1:9092
node=8444 has_session greta || fail "greta's session does not count at the second node"
node=8444 logs_in nora || fail "nora cannot log in at the second node"
nothing_lost
alerts

step "rotate the keys"
rounds=0
until portico_do keys rotate >>/root/rotated 2>&1; do
	rounds=$((rounds + 1))
	[ $rounds -le 3 ] || fail "the rotation does not end: $(cat /root/rotated)"
	# The second node has a copy: put the changed keyset in place of it.
	install -m 600 /var/lib/portico/keyset.json /etc/portico/keyset
	systemctl restart portico2
	node=8444 until_ok 120 ready
done
echo "       the second node got the keyset $rounds times"
[ $rounds -gt 0 ] || fail "no node was waited for"
node=8444 logs_in nora || fail "nora cannot log in at the second node"
nothing_lost
alerts

step "a certificate that ends in ten days"
main=$(systemctl show -P MainPID portico)
certificate 10
systemctl reload portico
kill -HUP "$(systemctl show -P MainPID portico2)"
until_ok 120 fires PorticoCertificateExpires
step "and its renewal"
certificate 90
systemctl reload portico
kill -HUP "$(systemctl show -P MainPID portico2)"
alerts PorticoCertificateExpires
[ "$main" = "$(systemctl show -P MainPID portico)" ] || fail "the portal was started anew"
openssl s_client -connect portal.example.com:8443 </dev/null 2>/dev/null | openssl x509 -checkend $((80 * 86400)) >/dev/null || fail "the portal has the old certificate"
nothing_lost

step "export and delete a customer"
portico_do customer export globex --output /var/lib/portico/globex.zip >/dev/null
portico_do customer delete globex --yes --reason "the contract has ended"
portico_do customer list
has_session greta && fail "greta still has a session"
logs_in greta && fail "greta can log in"
logs_in anna || fail "anna of another customer cannot log in"
nothing_lost
alerts
step "the day is over"
