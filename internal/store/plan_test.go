package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"portico"
)

// recorder keeps the queries that a Reader asks.
type recorder struct {
	querier
	queries []string
	args    [][]any
}

func (a *recorder) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	a.queries, a.args = append(a.queries, query), append(a.args, args)
	return a.querier.QueryContext(ctx, query, args...)
}

func (a *recorder) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	a.queries, a.args = append(a.queries, query), append(a.args, args)
	return a.querier.QueryRowContext(ctx, query, args...)
}

// plans returns how the engine reads what f asks, without doing so.
func plans(t *testing.T, db *DB, f func(*Reader) error) string {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if db.place.URL != "" {
		explain = "EXPLAIN "
	}
	var lines []string
	err := db.View(t.Context(), func(r *Reader) error {
		spy := &recorder{querier: r.q}
		r.q = spy
		if err := f(r); err != nil {
			return err
		}
		r.q = spy.querier
		for i, query := range spy.queries {
			plan, err := all(r, "explaining", func(row scanner) (line string, err error) {
				var n int
				if db.place.URL != "" {
					return line, row.Scan(&line)
				}
				return line, row.Scan(&n, &n, &n, &line)
			}, explain+query, spy.args[i]...)
			if err != nil {
				return err
			}
			lines = append(lines, plan...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestAPageIsReadByAnIndex: among many users and customers, neither engine reads
// all of them for a page of a list, or for an account.
func TestAPageIsReadByAnIndex(t *testing.T) {
	db := open(t, t.TempDir())
	const n = 20_000
	update(t, db, func(tx *Tx) error {
		people := make([]NewUser, n)
		for i := range people {
			people[i] = person("acme", portico.UserID(fmt.Sprintf("p%06d", i)), portico.RoleUser).newUser()
			people[i].FirstName, people[i].Status, people[i].PasswordHash = "User", portico.Invited, ""
			if i%100 == 0 {
				people[i].Status, people[i].PasswordHash = portico.Active, "hash"
			}
		}
		if err := tx.CreateCustomer(portico.Customer{ID: "acme", Slug: "acme", Name: "Acme", CreatedAt: start}); err != nil {
			return err
		}
		for i := range n {
			id := fmt.Sprintf("customer-%d", i)
			if err := tx.CreateCustomer(portico.Customer{ID: portico.CustomerID(id), Slug: id, Name: id, CreatedAt: start}); err != nil {
				return err
			}
		}
		return tx.CreateUsers(people)
	})
	if _, err := db.writer.ExecContext(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	update(t, db, func(tx *Tx) error { // whom the statistics do not know, as one among millions
		return tx.CreateUser(person(portico.ProviderID, "olga", portico.RoleOperator))
	})
	for _, sort := range []portico.PeopleSort{portico.SortName, portico.SortLogin, portico.SortLastLogin, portico.SortStatus, portico.SortTwoFactor} {
		for _, after := range []portico.UserID{"", "p005000"} {
			for _, down := range []bool{false, true} {
				plan := plans(t, db, func(r *Reader) error {
					page, err := r.People("acme", portico.PeopleQuery{Sort: sort, Descending: down}, after, 50)
					if err == nil && len(page.Users) != 50 {
						err = fmt.Errorf("%d users are listed, want 50", len(page.Users))
					}
					return err
				})
				for _, whole := range []string{"Seq Scan on users", "SCAN u\n", "SCAN users\n", "Incremental Sort"} {
					if strings.Contains(plan+"\n", whole) {
						t.Errorf("sorted by %q, downwards %v, after %q: it reads more than the page:\n%s", sort, down, after, plan)
					}
				}
			}
		}
	}
	plan := plans(t, db, func(r *Reader) error {
		_, err := r.Account("olga")
		return err
	})
	for _, whole := range []string{"Merge Join", "Hash Join", "Seq Scan on customers", "SCAN c\n", "SCAN d\n"} {
		if strings.Contains(plan+"\n", whole) {
			t.Errorf("an account: it reads the other customers:\n%s", plan)
		}
	}
}
