#!/bin/bash
# A Debian of its own for make guide and make operate: systemd in a container of
# systemd-nspawn, with a network that has nothing but 127.0.0.1. It needs root.
#
#	machine.sh new DIR                        a new machine in DIR
#	machine.sh run DIR SCRIPT [nspawn's ...]  boot it, run a script in it, show what it prints, power off
#
# The first machine takes a Debian mirror and minutes; what it was made from is
# kept in /var/cache/portico-machine, and removed by hand.
set -euo pipefail
packages=systemd,systemd-sysv,dbus,curl,ca-certificates,jq,openssl,oathtool,git,make,bash-completion,zsh,fish,postgresql,pgbouncer,openssh-client,python3
template=${PORTICOTEST_MACHINE:-/var/cache/portico-machine}
[ "$(id -u)" = 0 ] || { echo "machine: needs root" >&2; exit 1; }

new() { # directory
	if [ ! -e "$template/made" ]; then
		rm -rf "$template"
		mkdir -p "$template"
		debootstrap --variant=minbase --include="$packages" bookworm "$template/root" >"$template/log" || { tail "$template/log" >&2; exit 1; }
		rm -rf "$template"/root/var/cache/apt/archives/*.deb "$template"/root/var/lib/apt/lists/*
		touch "$template/made"
	fi
	cp -a --reflink=auto "$template/root" "$1"
	# With no ID, the first boot would enable everything again.
	systemd-id128 new >"$1/etc/machine-id"
	# Databases start when they are needed, and there is no network to wait for.
	systemctl -q --root="$1" disable postgresql pgbouncer
	systemctl -q --root="$1" mask systemd-networkd-wait-online.service pg_receivewal@15-main.service
	echo 127.0.0.1 localhost db.example.com mail.example.com >"$1/etc/hosts"
	cat >"$1/etc/systemd/system/script.service" <<-'UNIT'
		[Service]
		Type=exec
		WorkingDirectory=/root
		Environment=HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
		ExecStart=/bin/bash -c '/root/script >/root/script.log 2>&1; echo $? >/root/script.status; exec systemctl --no-block poweroff'
	UNIT
	mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	ln -s ../script.service "$1/etc/systemd/system/multi-user.target.wants/"
}

run() { # directory script arguments
	local dir=$1 script=$2 tail
	shift 2
	install -m 755 "$script" "$dir/root/script"
	rm -f "$dir/root/script.status"
	: >"$dir/root/script.log"
	tail -n +1 -f "$dir/root/script.log" &
	tail=$!
	# shellcheck disable=SC2064 # as it is now
	trap "kill $tail 2>/dev/null || true" EXIT
	systemd-nspawn -q -D "$dir" --boot --register=no --keep-unit --private-network --link-journal=no --machine="portico-$$" "$@" \
		</dev/null >"$dir/console.log" 2>&1 || { tail -n 20 "$dir/console.log" >&2; exit 1; }
	sleep 0.3 # until tail has shown the end
	exit "$(cat "$dir/root/script.status")"
}

"$@"
