package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// writePair writes a certificate for name and its key to two files.
func writePair(t *testing.T, certFile, keyFile, name string, changed time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: changed, NotAfter: changed.AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	writePair(t, cert, key, "one.example", at)
	var logs bytes.Buffer
	c, err := certificateOf(cert, key, slog.New(slog.NewTextHandler(&logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	name := func() string {
		t.Helper()
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.Subject.CommonName
	}
	if got := name(); got != "one.example" {
		t.Fatalf(`name(): got %v, want "one.example"`, got)
	}
	writePair(t, cert, key, "two.example", at.Add(time.Hour))
	if got := name(); got != "two.example" {
		t.Errorf("a new certificate is not taken: %s", got)
	}
	if err := os.WriteFile(cert, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "two.example" || !bytes.Contains(logs.Bytes(), []byte("keeping the TLS certificate")) {
		t.Errorf("with a broken file: %s %s", got, logs.String())
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "two.example" {
		t.Errorf("without the file: %s", got)
	}
	writePair(t, cert, key, "three.example", at.Add(2*time.Hour))
	if got := name(); got != "three.example" {
		t.Errorf("after it was mended: %s", got)
	}
}
