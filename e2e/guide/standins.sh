# What stands in for people, other machines and time on a machine of make guide,
# and what makes it fail. The blocks of the guide come after this.
# shellcheck shell=bash disable=SC2317,SC1091
. /etc/guide.env
export PATH=$GOROOT/bin:$PATH GOPROXY=file://$GOMODCACHE/cache/download GOSUMDB=off GOFLAGS=-modcacherw DEBIAN_FRONTEND=noninteractive
# Quicker than a release: for this machine alone, and with packages that are larger.
export PLATFORMS=linux/amd64 DPKG_DEB_COMPRESSOR_TYPE=gzip DPKG_DEB_COMPRESSOR_LEVEL=1
set -uo pipefail
set -m # so that what stays can be interrupted, as by Ctrl-C
place=

at() {
	place=$1
	echo "== $place"
}
stand_in() {
	echo "-- stand-in: $1"
	"$1" || failed $? "the stand-in $1"
}
failed() { # status command
	# The doctor ends with 1 when it finds a problem. Here there is one: no mail
	# server answers at mail.example.com.
	if [[ $2 == "portico_do doctor"* ]] && [ "$1" = 1 ]; then
		if ! portico_do doctor | grep '^problem' | grep -v '^problem *mail '; then return; fi
	fi
	echo "guide: $place: “$2” has failed with $1" >&2
	command systemctl --no-pager --lines=20 status portico 2>&1 | tail -n 20
	exit 1
}
trap 'failed $? "$(sed -n "${LINENO}p" "$0")"' ERR

# A person types on once the portal answers.
systemctl() {
	command systemctl "$@" || return
	case " $* " in *" start portico "* | *" restart portico "* | *" --now portico "*) answers http://127.0.0.1:8080/readyz https://127.0.0.1/readyz ;; esac
}
answers() { # address...
	local url
	for _ in $(seq 3000); do
		for url; do
			if curl -fsk -o /dev/null "$url"; then return; fi
		done
		sleep 0.2
	done
	echo "no answer from $*" >&2
	return 1
}
stays() { # address; the command comes from standard input
	local command pid
	command=$(cat)
	bash -c "$command" </dev/null &
	pid=$!
	answers "$1" || failed $? "$command"
	kill -INT -- -$pid
	# go run itself always fails when it is interrupted.
	wait $pid || [[ $command == "go run "* ]] || failed 1 "$command, interrupted"
}

# editor is typed by the guide itself.
editor() { printf '%s\n' PORTICO_BASE_URL=https://portal.example.com PORTICO_TRUSTED_PROXY=127.0.0.1/32 >>"$1"; }
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=portal.example.com \
		-addext subjectAltName=DNS:portal.example.com -keyout /etc/portico/portal.key -out /etc/portico/portal.pem 2>/dev/null
	chown root:portico /etc/portico/portal.*
	chmod 640 /etc/portico/portal.*
}
customer() {
	portico_do customer create --slug acme --name "Acme Telecom"
	portico_do user create --customer acme --login-id boss --first-name Bo --email bo@example.com --role administrator --password-stdin <<<violet-harbour-9-lanterns
	portico_do user create --customer acme --login-id alice --first-name Alice --email alice@example.com --role user --password-stdin <<<violet-harbour-9-lanterns
}
signing_key() { # make dist signs with it
	ssh-keygen -q -t ed25519 -N '' -C releases@portico -f /root/release
	export SIGNING_KEY=/root/release
	echo "releases@portico $(cat /root/release.pub)" >allowed_signers
}
postgresql() { command systemctl start postgresql; }
disks() { install -d -o portico -g portico -m 700 /backup /other-disk; }
database_file() {
	echo 'postgres://portico:...@db.example.com/portico' >/etc/portico/database
	chown root:portico /etc/portico/database
	chmod 640 /etc/portico/database
}
release() { cp -a /root/from-main/dist .; }
installed() {
	release
	apt-get -qq install ./dist/portico_*_amd64.deb >/dev/null
	portico_do() { runuser -u portico -- env PORTICO_DATA=/var/lib/portico portico "$@"; }
}
backups() {
	disks
	install -o portico -m 600 /root/from-main/backup/portico-*.db /backup/portico-2026-11-23.db
	install -o portico -m 600 /root/from-main/other-disk/keyset-*.json /other-disk/keyset-2026-11-23.json
}
restored_without_keyset() { ! portico_do restore /backup/portico-2026-11-23.db; }

# Nothing is lost on the way.
at_the_end() { # machine
	case $1 in
	main | restored) portico_do user list | grep -q alice || failed 1 "alice is not there" ;;
	debian) curl -fsk -o /dev/null https://127.0.0.1/readyz || failed 1 "nobody answers on port 443" ;;
	esac
}
