package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scan reads the QR code in an image, with zbarimg.
func scan(t *testing.T, png []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.png")
	if err := os.WriteFile(file, png, 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(run(t, "zbarimg", "--quiet", "--raw", file))
}

// appCode returns the code that an authenticator app shows for a key at a time,
// from oathtool.
func appCode(t *testing.T, key string, at time.Time) string {
	t.Helper()
	return strings.TrimSpace(run(t, "oathtool", "--totp", "--base32", strings.ReplaceAll(key, " ", ""),
		"--now", fmt.Sprintf("@%d", at.Unix())))
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s, want no error", name, err, errs.String())
	}
	return out.String()
}

// qrCode shows the QR code, which a phone has behind a link, and reads it.
func (b *tab) qrCode(picture string) string {
	b.t.Helper()
	if !b.has("image", "QR code") {
		b.click("link", "Show the QR code for another device")
	}
	b.find("image", "QR code")
	b.screenshot(picture)
	return scan(b.t, b.image())
}
