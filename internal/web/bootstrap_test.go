package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"portico/internal/porticotest"
)

// TestC25_NoDefaultCredentials checks that nobody can log in to an empty
// portal.
func TestC25_NoDefaultCredentials(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t)
	for _, id := range []string{"admin", "administrator", "root", "portico", "operator", "demo", ""} {
		for _, password := range []string{"admin", "password", "portico", "changeme", ""} {
			b := p.Client()
			b.Login(id, password, "")
			if isLoggedIn(b) || b.Cookie("portico_login") != "" {
				t.Errorf(`p.Client(): got %s %s, want no session, b.Cookie("portico_login") ""`, id, password)
			}
		}
	}
}

// TestC25_BootstrapRace checks that if many use the one-time set-up link at
// once, only one becomes the first user.
func TestC25_BootstrapRace(t *testing.T) {
	if testing.Short() {
		return // long
	}
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

// TestC25_NoTokenSetsNothingUp checks that a server without a set-up token
// accepts no set-up link.
func TestC25_NoTokenSetsNothingUp(t *testing.T) {
	p := porticotest.New(t)
	s, err := p.Server("", p.Proxies)
	must(t, err)
	for _, path := range []string{"/setup/", "/setup/x", "/setup/%20", "/setup/" + porticotest.SetupToken} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want w.Code %v", path, w.Code, http.StatusNotFound)
		}
	}
}

func TestC25_BootstrapOnce(t *testing.T) {
	if testing.Short() {
		return // long
	}
	p := porticotest.New(t)
	b := p.Client()
	page := b.Get("/setup/" + porticotest.SetupToken)
	typed := []string{"First name", "Alice", "Last name", "Adams", "Email", "alice@example.com", "Login ID", "alice", "Password", porticotest.Password}
	if got := b.Fill(page, "Create", typed...); got.Status != 422 || got.Value("First name") != "Alice" {
		t.Errorf("without customer: %d %s", got.Status, got.Text())
	}
	typed = append(typed, "Customer", "Acme Telecom", "Short name of the customer", "acme")
	if got := b.Fill(page, "Create", typed...); got.Path != "/login?done=portal-ready" {
		t.Fatalf(`pressing "Create": got %s, want path "/login?done=portal-ready"`, got.Text())
	}
	if got := b.Fill(page, "Create", typed...); got.Status != 410 {
		t.Errorf("twice: %d", got.Status)
	}
	if got := b.Login("alice", porticotest.Password, ""); !got.Has("Hello Alice") {
		t.Errorf(`logging in as alice: got %s, want the text "Hello Alice"`, got.Text())
	}
	q := porticotest.New(t)
	if got := q.Client().Get("/setup/wrong"); got.Status != 404 {
		t.Errorf("a wrong token: %d", got.Status)
	}
	if got := q.Client().Post("/setup/"+porticotest.SetupToken, "kind", "operator", "first_name", "O", "last_name", "P", "email", "o@example.com", "login_id", "olga", "password", porticotest.Password); got.Path != "/login?done=portal-ready" {
		t.Errorf("an operator: %s", got.Text())
	}
}
