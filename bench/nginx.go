package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// nginxConfig serves a small page, with and without a session check by the
// portal.
const nginxConfig = `daemon off; worker_processes auto; pid %[1]s/nginx.pid; error_log %[1]s/nginx.log;
events {} http { access_log off; keepalive_requests 1000000;
client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
upstream portico { server %[2]s; keepalive 64; keepalive_requests 1000000; }
server { listen %[3]s; root %[1]s;
location /open/ {}
location /asked/ { auth_request /session; }
location = /session { proxy_pass http://portico; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length ""; }
} }`

// proxied measures the cost of the session check for a page of another
// application behind nginx.
func (b *bench) proxied(p *portal) error {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		fmt.Fprintln(os.Stderr, "There is no nginx here: its row is left out.")
		return nil
	}
	dir, err := os.MkdirTemp("", "portico-nginx-") // nginx workers run as another user, who must be able to read it
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary directory
	for _, page := range []string{"open", "asked"} {
		if err = errors.Join(err, os.Mkdir(filepath.Join(dir, page), 0o755), os.WriteFile(filepath.Join(dir, page, "page.html"), make([]byte, 2000), 0o644)); err != nil {
			return err
		}
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, p.address, address), 0o600)); err != nil {
		return err
	}
	server := &program{address: address, cmd: exec.CommandContext(b.ctx, nginx, "-p", dir, "-c", config, "-e", filepath.Join(dir, "nginx.log"))}
	if err := server.cmd.Start(); err != nil {
		return err
	}
	defer server.stop()
	if err := answers(address); err != nil {
		return err
	}
	var loads [2]load
	for range 4 {
		for i, page := range []string{"open", "asked"} {
			text := request("GET", "/"+page+"/page.html", p.cookie, "")
			l, err := drive(address, p.process(), 16, 400*time.Millisecond, func(_ int, w *wire) (int, error) {
				a, err := w.do(text)
				if err == nil && a.status != http.StatusOK {
					err = fmt.Errorf("%s: %d", page, a.status)
				}
				return a.status, err
			})
			if err != nil {
				return err
			}
			loads[i] = loads[i].plus(l)
		}
	}
	b.add("a page behind nginx's auth_request over one that asks nobody, 16 clients").is(loads[1].rate()/loads[0].rate(), "times").
		with("%v; without %.0f/s; the portal's part %.0f us of CPU", loads[1], loads[0].rate(), loads[1].cpuEach())
	return nil
}

// freeAddress returns an address that nothing listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// answers waits until something listens on an address.
func answers(address string) error {
	for range 500 {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("nobody listens on %s", address)
}
