package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/internal/porticotest"
	"portico/internal/web"
)

// portal returns the portal of a journey. With PORTICOTEST_E2E_NODES=2 it is two
// nodes on one database, behind nginx with TLS, which alternates between them.
func portal(t *testing.T) *porticotest.Portal {
	t.Helper()
	if os.Getenv("PORTICOTEST_E2E_NODES") != "2" {
		return porticotest.New(t)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	behind := func(p *porticotest.Portal) {
		p.URL = "https://" + address
		p.Proxies = web.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Hops: 1}
	}
	one := porticotest.New(t, behind)
	two := porticotest.Start(t, one.Dir, one.Clock, behind)
	must(t, l.Close()) // for nginx, and soon enough that nothing else takes it
	nginx(t, address, one.Node, two.Node)
	t.Cleanup(func() {
		for _, p := range []*porticotest.Portal{one, two} {
			if n := strings.Count(p.Logs.String(), "msg=request"); n < 3 {
				t.Errorf("a node had only %d requests", n)
			}
		}
	})
	return one
}

// nginx starts nginx in front of the nodes. It stops when the test ends.
func nginx(t *testing.T, address string, nodes ...string) {
	t.Helper()
	dir := t.TempDir()
	certificate(t, dir)
	conf := fmt.Sprintf(`daemon off; pid %[1]s/pid; error_log %[1]s/log; events {}
http {
	access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	upstream portico { server %[2]s; }
	server {
		listen %[3]s ssl; ssl_certificate %[1]s/cert.pem; ssl_certificate_key %[1]s/key.pem; client_max_body_size 64m;
		location / {
			proxy_pass http://portico; proxy_http_version 1.1; proxy_set_header Connection "";
			proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
		}
	}
}
`, dir, strings.Join(nodes, "; server "), address)
	file := filepath.Join(dir, "nginx.conf")
	must(t, os.WriteFile(file, []byte(conf), 0o600))
	cmd := exec.Command("nginx", "-p", dir, "-c", file, "-e", filepath.Join(dir, "log"))
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended already, with an error
		must(t, <-ended)
	})
	for {
		c, err := net.Dial("tcp", address)
		if err == nil {
			must(t, c.Close())
			return
		}
		select {
		case end := <-ended:
			ended <- end
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("nginx ended before it listened: %v\n%s", end, log)
		case <-time.After(10 * time.Millisecond): // before the next try
		}
	}
}

// certificate writes a certificate that the browsers of these tests accept.
func certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	// The browser uses the machine's clock, unlike the portal.
	c := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
}
