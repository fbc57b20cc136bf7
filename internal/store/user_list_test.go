package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"portico"
)

// queries are lists with every filter in every order, with and without a
// search.
var queries = func() (all []portico.PeopleQuery) {
	for _, sort := range []portico.PeopleSort{portico.SortName, portico.SortLogin, portico.SortLastLogin, portico.SortStatus, portico.SortTwoFactor} {
		for _, down := range []bool{false, true} {
			for _, f := range portico.PeopleFilters {
				for _, search := range []string{"", "ann", "an lee", "example", "ber", "nobody"} {
					all = append(all, portico.PeopleQuery{Filter: f, Search: search, Sort: sort, Descending: down})
				}
			}
			for _, q := range []portico.PeopleQuery{
				{Role: portico.RoleUser},
				{Role: portico.RoleHelpDesk},
				{Role: portico.RoleOperator},
				{Role: portico.RoleHelpDesk, Filter: portico.FilterLocked},
				{Role: portico.RoleUser, Filter: portico.FilterInvited},
				{Role: portico.RoleUser, Search: "ann"},
				{Label: "berlin"},
				{Label: "Ann"},
				{Label: "night shift"},
				{Label: "Sales", Role: portico.RoleHelpDesk, Filter: portico.FilterEnabled},
				{Label: "Sales", Search: "lee"},
			} {
				q.Sort, q.Descending = sort, down
				all = append(all, q)
			}
		}
	}
	return all
}()

// crowd creates a customer with n people in every state, some of them locked
// out, and returns its people.
func crowd(t *testing.T, db *DB, n int) map[portico.UserID]portico.User {
	t.Helper()
	twoCustomers(t, db)
	people := map[portico.UserID]portico.User{}
	update(t, db, func(tx *Tx) error {
		clear(people)
		for i := range n {
			a := person("globex", portico.UserID(fmt.Sprintf("p%03d", i)), portico.RoleUser)
			a.FirstName = []string{"Ann", "ann", "Émile", "Zoë", "Anna-Lena"}[i%5]
			a.LastName = []string{"Lee", "van der Berg", "Smith"}[i%3]
			a.Labels = [][]string{nil, {"Berlin"}, {"Sales", "Annex", "Night shift"}}[i/3%3]
			if i%4 == 0 {
				a.Role = portico.RoleHelpDesk
			}
			a.Status = []portico.Status{portico.Active, portico.Active, portico.Invited, portico.Suspended}[i%4]
			a.LastLoginAt = start.AddDate(0, 0, -i%7)
			if err := tx.CreateUser(a); err != nil {
				return err
			}
			if i%3 > 0 {
				if err := tx.PutAuthenticator(Authenticator{ID: "f" + string(a.ID), UserID: a.ID, Kind: portico.AuthenticatorTOTP, Secret: []byte("s"), Enabled: i%3 == 1}); err != nil {
					return err
				}
			}
			if i%10 == 0 {
				if err := tx.PutFailures(Failures{Bucket: "code/" + string(a.ID), Kind: "code", UserID: a.ID, Customer: "globex", Locked: start.AddDate(0, 0, 1), ExpiresAt: start.AddDate(0, 0, 1)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for i := range n {
		id := portico.UserID(fmt.Sprintf("p%03d", i))
		u, err := db.Read(context.Background()).User("globex", id)
		if err != nil {
			t.Fatal(err)
		}
		people[id] = u
	}
	for _, id := range []portico.UserID{"globex-admin", "globex-invited"} {
		u, err := db.Read(context.Background()).User("globex", id)
		if err != nil {
			t.Fatal(err)
		}
		people[id] = u
	}
	return people
}

// wanted computes the expected result of a query by comparing all people.
func wanted(people map[portico.UserID]portico.User, q portico.PeopleQuery) []portico.User {
	var users []portico.User
	for _, u := range people {
		k := Count{Status: u.Status, TwoFactor: u.TwoFactor}
		locked := strings.HasPrefix(string(u.ID), "p") && u.ID[3] == '0'
		labelled := q.Label == "" || slices.ContainsFunc(u.Labels, func(l string) bool { return strings.EqualFold(l, q.Label) })
		if (q.Filter == portico.FilterLocked && locked || k.Passes(q.Filter)) && match(indexOf(wordsOf(u)), words(q.Search)) && labelled && (q.Role == "" || u.Role == q.Role) {
			users = append(users, u)
		}
	}
	slices.SortFunc(users, func(a, b portico.User) int {
		n := 0
		switch q.Sort {
		case portico.SortLogin:
			n = cmp.Compare(a.LoginID, b.LoginID)
		case portico.SortLastLogin:
			n = a.LastLoginAt.Compare(b.LastLoginAt)
		case portico.SortTwoFactor:
			n = cmp.Or(cmp.Compare(a.TwoFactor, b.TwoFactor), CompareNames(a.Name(), b.Name()))
		case portico.SortStatus:
			n = cmp.Or(cmp.Compare(a.Status, b.Status), CompareNames(a.Name(), b.Name()))
		default:
			n = CompareNames(a.Name(), b.Name())
		}
		if n = cmp.Or(n, cmp.Compare(a.ID, b.ID)); q.Descending {
			n = -n
		}
		return n
	})
	return users
}

// checkBackwards walks through a list from its last person to its first, and
// compares the pages with the list.
func checkBackwards(t *testing.T, db *DB, q portico.PeopleQuery, list []portico.User) {
	t.Helper()
	for end := len(list) - 1; end > 0; {
		page, err := db.Read(context.Background()).PeopleBefore("globex", q, list[end].ID, 37)
		if err != nil {
			t.Fatalf("%+v before %q: %v", q, list[end].ID, err)
		}
		want := list[max(0, end-37):end]
		if !slices.EqualFunc(page.Users, want, func(a, b portico.User) bool { return a.ID == b.ID }) {
			t.Fatalf("%+v: got %d people before number %d, want the %d who are listed there", q, len(page.Users), end, len(want))
		}
		end -= len(want)
	}
	page, err := db.Read(context.Background()).PeopleBefore("globex", q, list[0].ID, 37)
	if err != nil || len(page.Users) > 0 {
		t.Fatalf("%+v: got %d people before the first one (%v), want none", q, len(page.Users), err)
	}
}

// TestPeople compares every list, read page by page, with the expected one,
// both with few people and with more than few.
func TestPeople(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for _, n := range []int{40, 3 * smallResult} {
		db := open(t, t.TempDir())
		people := crowd(t, db, n)
		for i, q := range queries {
			var got []portico.User
			byMatch := false
			for after := portico.UserID(""); ; {
				page, err := db.Read(context.Background()).People("globex", q, after, 37)
				if err != nil {
					t.Fatalf("%+v after %q: %v", q, after, err)
				}
				got, byMatch = append(got, page.Users...), page.ByMatch
				if len(page.Users) < 37 {
					break
				}
				after = page.Users[36].ID
			}
			if len(got) > 0 && (n == 40 || i%5 == 0) {
				checkBackwards(t, db, q, got)
			}
			want := wanted(people, q)
			if byMatch { // another order, but the same people, each once
				for _, list := range [][]portico.User{got, want} {
					slices.SortFunc(list, func(a, b portico.User) int { return cmp.Compare(a.ID, b.ID) })
				}
			}
			if !slices.EqualFunc(got, want, func(a, b portico.User) bool { return a.ID == b.ID }) {
				t.Fatalf("%d people, %+v: %d found, %d wanted", n, q, len(got), len(want))
			}
		}
	}
}

// TestCountsFollow checks that the stored counts match the people after every
// kind of change.
func TestCountsFollow(t *testing.T) {
	db := open(t, t.TempDir())
	crowd(t, db, 40)
	check := func(what string) {
		t.Helper()
		rows, err := db.readers.Query(`SELECT u.role, u.status, CASE WHEN EXISTS (SELECT 1 FROM authenticators f WHERE f.user_id = u.id AND f.enabled) THEN 'enabled'
			WHEN EXISTS (SELECT 1 FROM authenticators f WHERE f.user_id = u.id) THEN 'disabled' ELSE 'none' END AS two_factor, COUNT(*)
			FROM users u WHERE u.customer_id = 'globex' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		var want []Count
		for rows.Next() {
			var c Count
			if err := rows.Scan(&c.Role, &c.Status, &c.TwoFactor, &c.People); err != nil {
				t.Fatal(err)
			}
			want = append(want, c)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		got, err := db.Read(context.Background()).Counts("globex")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v (%v)", what, got, want, err)
		}
		of, err := db.Read(context.Background()).CountsOf([]portico.CustomerID{"nobody", "globex"})
		if err != nil || len(of) != 1 || !slices.Equal(of["globex"], want) {
			t.Errorf("%s, of several: %v, not %v (%v)", what, of, want, err)
		}
	}
	check("at first")
	for what, change := range map[string]func(tx *Tx) error{
		"a factor enabled": func(tx *Tx) error { _, err := tx.SwitchAuthenticators("p002", true); return err },
		"one disabled":     func(tx *Tx) error { _, err := tx.SwitchAuthenticators("p001", false); return err },
		"one deleted":      func(tx *Tx) error { _, err := tx.DeleteAuthenticators("p004"); return err },
		"another added": func(tx *Tx) error {
			return tx.PutAuthenticator(Authenticator{ID: "new", UserID: "p007", Kind: portico.AuthenticatorTOTP, Secret: []byte("s"), Enabled: true})
		},
		"suspended and promoted": func(tx *Tx) error {
			u, err := tx.User("globex", "p000")
			u.Status, u.Role = portico.Suspended, portico.RoleHelpDesk
			if err != nil {
				return err
			}
			return tx.SaveProfile("globex", u)
		},
		"withdrawn": func(tx *Tx) error { return tx.DeleteUser("globex", "globex-invited") },
		"activated": func(tx *Tx) error { return tx.ActivateUser("p002", "p002", "p002", "hash") },
	} {
		update(t, db, change)
		check(what)
	}
}
