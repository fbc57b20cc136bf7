package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"portico"
	"portico/internal/auth"
	"portico/internal/porticotest"
	"portico/internal/store"
)

// These benchmarks measure the inner part of what `make bench` measures from
// outside: from the first byte of a request to the last byte of the response,
// without a network.

func BenchmarkSession(b *testing.B)     { benchmark(b, "/session", http.StatusNoContent) }
func BenchmarkStartPage(b *testing.B)   { benchmark(b, "/", http.StatusOK) }
func BenchmarkAccountPage(b *testing.B) { benchmark(b, "/account", http.StatusOK) }
func BenchmarkPeoplePage(b *testing.B)  { benchmark(b, "/administration/access", http.StatusOK) }
func BenchmarkSearchPage(b *testing.B) {
	benchmark(b, "/administration/access?q=person0042", http.StatusOK)
}

func benchmark(b *testing.B, path string, status int) {
	p := porticotest.New(b)
	acme := p.Customer("acme", "Acme Telecom")
	p.User(acme.ID, "alice", portico.RoleAdministrator)
	var people []store.NewUser
	for i := range 1000 {
		people = append(people, store.NewUser{User: portico.User{
			ID: portico.UserID(fmt.Sprintf("id-%04d", i)), CustomerID: acme.ID, FirstName: "Person", LastName: fmt.Sprintf("Number%04d", i),
			LoginID: fmt.Sprintf("person%04d", i), Email: fmt.Sprintf("person%04d@example.com", i), Role: portico.RoleUser, Status: portico.Invited, CreatedAt: p.Clock.Now(),
		}, LoginKey: fmt.Sprintf("person%04d", i)})
	}
	if err := p.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error { return tx.CreateUsers(people) }); err != nil {
		b.Fatal(err)
	}
	out, err := p.Auth.Login(context.Background(), auth.Visit{}, "alice", porticotest.Password)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		// As in net/http, the context ends with the connection.
		ctx, cancel := context.WithCancel(context.Background())
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		r.AddCookie(&http.Cookie{Name: "portico_session", Value: out.Token})
		w := httptest.NewRecorder()
		p.Web.ServeHTTP(w, r)
		cancel()
		if w.Code != status {
			b.Fatalf("%s: %d, want w.Code %v", path, w.Code, status)
		}
	}
}
