package cli

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// expiry returns when the first certificate of the chain in use expires.
func (c *certificate) expiry() float64 {
	now, err := c.get(nil)
	if err != nil {
		return 0 // get returns no error: it keeps the certificate from before
	}
	var first time.Time
	for _, der := range now.Certificate {
		if one, err := x509.ParseCertificate(der); err == nil && (first.IsZero() || one.NotAfter.Before(first)) {
			first = one.NotAfter
		}
	}
	return seconds(first)
}

// certificate is serve's, read again when one of its files changes, and when the
// program gets SIGHUP. If the files cannot be read then, the error is logged and
// the previous certificate stays in use.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	now     *tls.Certificate
	changed [2]time.Time
}

func certificateOf(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	return c, nil
}

// config returns the TLS configuration of serve: TLS 1.2 or newer.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: c.get}
}

// reload reads the files again, changed or not.
func (c *certificate) reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.load(); err != nil {
		c.log.Error("SIGHUP: keeping the TLS certificate from before", "error", err)
		return
	}
	c.log.Info("SIGHUP: read the TLS certificate again; settings count from the next start")
}

// files returns the modification times of the two files.
func (c *certificate) files() (changed [2]time.Time, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return changed, fmt.Errorf("reading the TLS certificate: %w", err)
		}
		changed[i] = info.ModTime()
	}
	return changed, nil
}

func (c *certificate) load() error {
	changed, err := c.files()
	if err != nil {
		return err
	}
	// Remember the times first, so that a pair that does not match is tried again
	// at its next change and not for each connection.
	c.changed = changed
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("reading the TLS certificate: %w", err)
	}
	c.now = &pair
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, err := c.files()
	if err == nil && changed != c.changed {
		err = c.load()
		if err == nil {
			c.log.Info("read the TLS certificate again")
		}
	}
	if err != nil {
		c.log.Error("keeping the TLS certificate from before", "error", err)
	}
	return c.now, nil
}
