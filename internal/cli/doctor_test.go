package cli_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// certificate writes cert.pem and key.pem for a name. The certificate expires
// after a number of days.
func certificate(ts *testscript.TestScript, neg bool, args []string) {
	days, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(writeCertificate(ts.MkAbs("cert.pem"), ts.MkAbs("key.pem"), args[0], days))
}

// writeCertificate writes a certificate that ends in some days, and its key.
func writeCertificate(certFile, keyFile, name string, days int) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, 0, days),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
}

// mailServer starts a mail server, and sets $SMTP to its address. It does not know
// nobody@..., takes a mail to grey@... later, and one from busy@... too.
func mailServer(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv("SMTP", "smtp://"+l.Addr().String())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed at the end of the script
			}
			go greet(c)
		}
	}()
}

func greet(c net.Conn) {
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprint(c, "220 ready\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "QUIT") {
			_, _ = fmt.Fprint(c, "221 bye\r\n")
			return
		}
		if strings.HasPrefix(lines.Text(), "RCPT TO:<nobody@") {
			_, _ = fmt.Fprint(c, "550 5.1.1 no such user\r\n")
			continue
		}
		if strings.HasPrefix(lines.Text(), "RCPT TO:<grey@") {
			_, _ = fmt.Fprint(c, "450 4.2.0 greylisted, try again\r\n")
			continue
		}
		if strings.HasPrefix(lines.Text(), "MAIL FROM:<busy@") {
			_, _ = fmt.Fprint(c, "451 4.3.2 too busy\r\n")
			continue
		}
		_, _ = fmt.Fprint(c, "250 fine\r\n")
	}
}
