package web_test

import (
	"fmt"
	"sync"
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

// TestC25_BootstrapRace: of many who use the one-time link at once, one becomes
// the first person.
func TestC25_BootstrapRace(t *testing.T) {
	p := porticotest.New(t)
	var wg sync.WaitGroup
	const many = 8
	for i := range many {
		b := p.Client()
		wg.Go(func() {
			_, err := b.TryPost("/setup/"+porticotest.SetupToken, "kind", "administrator",
				"customer_name", fmt.Sprintf("Customer %d", i), "customer_slug", fmt.Sprintf("customer-%d", i),
				"first_name", "Alice", "last_name", "Adams", "email", "alice@example.com",
				"login_id", fmt.Sprintf("alice-%d", i), "password", porticotest.Password)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first := 0
	for i := range many {
		if p.Client().Login(fmt.Sprintf("alice-%d", i), porticotest.Password, "").Has("Hello Alice") {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d first people", first)
	}
}
