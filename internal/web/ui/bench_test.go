package ui

import (
	"fmt"
	"testing"
	"time"

	"portico"
)

func BenchmarkAccessPage(b *testing.B) { benchmarkRender(b, peoplePage(50)) }

func BenchmarkAccountPage(b *testing.B) {
	l := peoplePage(0).Layout
	benchmarkRender(b, AccountPage{Layout: l, User: peoplePage(1).Rows[0].User, TwoFactor: portico.TwoFactorEnabled})
}

func benchmarkRender(b *testing.B, p Page) {
	r, err := New()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Render(p); err != nil {
			b.Fatal(err)
		}
	}
}

// peoplePage returns a list of n people as an administrator sees it.
func peoplePage(n int) AccessPage {
	at := time.Date(2026, 11, 23, 22, 40, 0, 0, time.UTC)
	page := AccessPage{
		Layout: Layout{
			Title: "Administration and Access", Brand: "Portico", Here: "/administration/access", Base: "/administration",
			Person: &Person{Name: "Alice Adams", Initials: "AA", LoginID: "alice", Customer: "Acme Telecom", SeesPeople: true, SeesAudit: true, SetsPolicy: true, SetsProviderAccess: true},
		},
		Manages: true, PageSize: 50, Total: 1_000_000, Next: "/administration/access?after=x", CSV: "/administration/access.csv",
	}
	for _, f := range portico.PeopleFilters {
		page.Chips = append(page.Chips, Chip{Filter: f, Address: "/administration/access?filter=" + string(f), People: 12345})
	}
	for _, text := range []portico.Text{"Name", "Login ID", "Status", "2FA", "Last log-in"} {
		page.Heads = append(page.Heads, SortHead{Text: text, Address: "/administration/access?sort=" + string(text)})
	}
	for i := range n {
		u := portico.User{
			ID: portico.UserID(fmt.Sprintf("0193a5f0-0000-7000-8000-%012d", i)), LoginID: fmt.Sprintf("user%07d", i), FirstName: "Ann", LastName: fmt.Sprintf("Adams%d", i),
			Email: fmt.Sprintf("user%07d@acme.example", i), Role: portico.RoleUser, Status: portico.Active, TwoFactor: portico.TwoFactorEnabled, LastLoginAt: at,
		}
		address := "/administration/access/" + string(u.ID)
		page.Rows = append(page.Rows, AccessRow{User: u, Address: address, DeleteURL: address + "/two-factor/delete"})
	}
	return page
}
