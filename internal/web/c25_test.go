package web_test

import (
	"testing"

	"portico/internal/porticotest"
)

// TestC25_NoDefaultCredentials: an empty portal lets nobody in.
func TestC25_NoDefaultCredentials(t *testing.T) {
	p := porticotest.New(t)
	for _, id := range []string{"admin", "administrator", "root", "portico", "operator", "demo", ""} {
		for _, password := range []string{"admin", "password", "portico", "changeme", ""} {
			b := p.Client()
			b.Login(id, password, "")
			if in(b) || b.Cookie("portico_login") != "" {
				t.Errorf("%s %s", id, password)
			}
		}
	}
}
