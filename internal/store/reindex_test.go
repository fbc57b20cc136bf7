package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"portico"
)

// laterMigrations takes a database back to what it was before the migrations
// after the one of joined names, but for held_login_ids, which 0030 makes again.
var laterMigrations = slices.Concat([]string{
	`ALTER TABLE ` + versionTable + ` DROP COLUMN checksum`, `ALTER TABLE ` + versionTable + ` DROP COLUMN compatible`,
	`ALTER TABLE sessions DROP COLUMN recovered`, `DROP TABLE portal_times`, `ALTER TABLE mails DROP COLUMN unanswered`,
	`DROP TABLE deleted_customers`, `ALTER TABLE customers DROP COLUMN delete_at`, `ALTER TABLE customers DROP COLUMN delete_reason`,
	`ALTER TABLE customers DROP COLUMN deleting`, `DROP TABLE nodes`,
	`ALTER TABLE import_refused DROP COLUMN status`, `ALTER TABLE users DROP COLUMN language`, `ALTER TABLE customers DROP COLUMN language`,
	`DROP INDEX users_by_lower_address`, `DROP INDEX users_by_address`, `DROP TABLE audit_stream`, `ALTER TABLE audit_logs DROP COLUMN sent`,
	`ALTER TABLE events DROP COLUMN told`, `ALTER TABLE event_counts DROP COLUMN told`, `ALTER TABLE imports DROP COLUMN told`,
	`ALTER TABLE import_refused DROP COLUMN told`,
}, oneAuthenticator)

// beforeSortKeys takes a database back to what it was before migration 21. Each
// person has the word özgür, and none of its other forms.
func beforeSortKeys(t *testing.T, db *DB) {
	t.Helper()
	for _, statement := range slices.Concat(laterMigrations, []string{
		`DROP INDEX users_by_email`, `ALTER TABLE import_refused DROP COLUMN sent`, `ALTER TABLE imports DROP COLUMN encoding`,
		`ALTER TABLE imports DROP COLUMN ignored`, `ALTER TABLE imports DROP COLUMN uninvited`, `ALTER TABLE imports DROP COLUMN inviting`,
		`DROP INDEX users_by_name_sort`, `DROP INDEX users_by_login_sort`, `DROP INDEX users_without_two_factor_sort`, `DROP INDEX customers_by_name`,
		`ALTER TABLE users DROP COLUMN name_sort`, `ALTER TABLE users DROP COLUMN login_sort`, `ALTER TABLE customers DROP COLUMN name_sort`,
		`ALTER TABLE customers ADD COLUMN name_key TEXT NOT NULL DEFAULT ''`,
		`DROP TABLE reindexing`, `DROP TABLE held_login_ids`, `DROP TABLE portal_id`, `DELETE FROM user_words WHERE word = 'ozgur' OR word = 'oezguer'`, `DELETE FROM ` + versionTable + ` WHERE version_id >= 21`,
		`CREATE INDEX users_by_name ON users (customer_id, status, two_factor, name_key)`,
		`CREATE INDEX users_by_login ON users (customer_id, status, two_factor, login_key)`,
		`CREATE INDEX customers_by_name ON customers (name_key, id)`,
		`CREATE INDEX users_without_two_factor ON users (customer_id, role, name_key, id, reminded_at) WHERE status = 'active' AND two_factor <> 'enabled'`,
	}) {
		if _, err := db.writer.Exec(statement); err != nil {
			t.Fatalf("%s: %v, want no error", statement, err)
		}
	}
}

// walk returns everybody on the pages of a list, and calls between after each.
func walk(t *testing.T, db *DB, q portico.PeopleQuery, between func()) (all []portico.User) {
	t.Helper()
	const page = 400
	for after := portico.UserID(""); ; {
		found, err := db.Read(context.Background()).People("acme", q, after, page)
		if err != nil {
			t.Fatalf("%+v after %q: %v", q, after, err)
		}
		all = append(all, found.Users...)
		if len(found.Users) < page {
			return all
		}
		after = found.Users[page-1].ID
		between()
	}
}

// TestUpgradeIndexesPeople upgrades a database that a migration does not index
// at once. Lists and searches work before, while and after people are indexed,
// by serve or by doctor --repair.
func TestUpgradeIndexesPeople(t *testing.T) {
	if testing.Short() {
		return // large
	}
	const n = indexedAtOnce + 900
	for name, finish := range map[string]func(*Tx) error{
		"serve": func(tx *Tx) error {
			for more := true; more; {
				var err error
				if more, err = tx.ContinueReindexing(500); err != nil {
					return err
				}
			}
			return nil
		},
		"doctor --repair": func(tx *Tx) error {
			for after := portico.UserID(""); ; {
				last, err := tx.Reindex(after, 500)
				if after = last; err != nil || last == "" {
					return err
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := open(t, dir)
			update(t, db, func(tx *Tx) error {
				if err := tx.CreateCustomer(portico.Customer{ID: "acme", Slug: "acme", Name: "Öl", CreatedAt: start}); err != nil {
					return err
				}
				accounts := make([]NewUser, n)
				for i := range accounts {
					accounts[i] = person("acme", portico.UserID(fmt.Sprintf("p%05d", i)), portico.RoleUser).newUser()
					accounts[i].FirstName, accounts[i].LastName = []string{"Özgür", "ozan", "Zoë", "Anna"}[i%4], fmt.Sprintf("B%d", i%300)
					accounts[i].Labels = []string{"Özgür"}
				}
				return tx.CreateUsers(accounts)
			})
			beforeSortKeys(t, db)
			db = open(t, dir)
			if under, err := db.Read(t.Context()).Reindexing(); err != nil || !under {
				t.Fatalf("after the migration, people are to be indexed: %v %v, want true", under, err)
			}
			found := func(word string) int {
				return len(walk(t, db, portico.PeopleQuery{Search: word}, func() {}))
			}
			if exact, folded := found("özgür"), found("ozgur"); exact != n || folded != indexedAtOnce {
				t.Errorf("meanwhile özgür finds %d and ozgur %d, want %d and %d", exact, folded, n, indexedAtOnce)
			}
			before := func(a, b portico.User) int {
				return cmp.Or(cmp.Compare(nameKey(a), nameKey(b)), cmp.Compare(a.ID, b.ID))
			}
			for _, q := range []portico.PeopleQuery{{}, {Descending: true}, {Sort: portico.SortStatus}} {
				people := walk(t, db, q, func() {
					update(t, db, func(tx *Tx) error { _, err := tx.ContinueReindexing(20); return err })
				})
				if q.Descending {
					slices.Reverse(people)
				}
				if len(people) != n || !slices.IsSortedFunc(people, before) {
					t.Errorf("%+v, while people are indexed: %d listed, in order: %v, want %d", q, len(people), slices.IsSortedFunc(people, before), n)
				}
			}
			if r, err := db.Read(t.Context()).CheckIntegrity(5000); err != nil || r.Unindexed+r.Missorted > 0 || !r.Reindexing {
				t.Errorf("meanwhile: %+v %v", r, err)
			}
			update(t, db, func(tx *Tx) error { // whom the job has not reached, and a new person
				late := person("acme", "p99999", portico.RoleUser)
				late.FirstName, late.LastName, late.Labels = "Ærø", "", []string{"Özgür"}
				u, err := tx.User("acme", portico.UserID(fmt.Sprintf("p%05d", n-1)))
				if err != nil {
					return err
				}
				u.FirstName = "Łukasz"
				if err := tx.SaveProfile("acme", u); err != nil {
					return err
				}
				return tx.CreateUser(late)
			})
			if a, b := found("lukasz"), found("aero"); a != 1 || b != 1 {
				t.Errorf("meanwhile changed or created, lukasz finds %d and aero %d, want 1 and 1", a, b)
			}
			update(t, db, finish)
			people := walk(t, db, portico.PeopleQuery{}, func() {})
			if len(people) != n+1 || !slices.IsSortedFunc(people, func(a, b portico.User) int { return CompareNames(a.Name(), b.Name()) }) || people[0].FirstName != "Ærø" {
				t.Errorf("at the end, %d are listed, the first is %s, want %d in order from Ærø", len(people), people[0].Name(), n+1)
			}
			if exact, folded := found("özgür"), found("oezguer"); exact != n+1 || folded != n+1 {
				t.Errorf("at the end özgür finds %d and oezguer %d, want %d", exact, folded, n+1)
			}
			if r, err := db.Read(t.Context()).CheckIntegrity(5000); err != nil || r != (IntegrityReport{People: n + 1, Sampled: n + 1}) {
				t.Errorf("at the end: %+v %v", r, err)
			}
			if c, err := db.Read(t.Context()).Customers("", CustomerCursor{}, 10); err != nil || len(c) != 1 || c[0].Name != "Öl" {
				t.Errorf("customers: %v %v", c, err)
			}
		})
	}
}

// TestCollationKey checks what sort keys promise beside the order: they are
// short, never empty, and the same for the same text.
func TestCollationKey(t *testing.T) {
	sorted := []string{"", " ", "-", "1", "10", "9", "a", "A", "á", "Á", "ab", "Äb", "b", "ß", "ssa", "z", "ω", "я", "א", "ا", "あ", "山", "山田", "𠮷"}
	if !slices.IsSortedFunc(sorted, CompareNames) {
		t.Errorf("%q is not in order", sorted)
	}
	for i, s := range sorted {
		if len(collationKey(s)) == 0 || i > 0 && CompareNames(sorted[i-1], s) == 0 {
			t.Errorf("the key of %q is %x, the one before %x", s, collationKey(s), collationKey(sorted[max(0, i-1)]))
		}
	}
	if CompareNames("Zoe\u0308", "Zoë") != 0 {
		t.Error("a decomposed letter has another key")
	}
	for _, s := range []string{"\ufdfa", "山", "ä", "\U0001f469", "\u0301"} { // the first one is a phrase of eighteen letters
		long := ""
		for range 200 {
			long += s
		}
		if n := len(collationKey(long)); n > maxSortKey {
			t.Errorf("200 times %q have a key of %d bytes, want at most %d", s, n, maxSortKey)
		}
	}
	if n := len(collationKey("Ann Adams")); n > 30 {
		t.Errorf("an ordinary name has a key of %d bytes", n)
	}
}

// TestWordForms checks the forms of words whose letters are not those of a
// keyboard, and that a form is never empty.
func TestWordForms(t *testing.T) {
	for typed, want := range map[string][]string{
		"plain": {"plain"}, "Müller": {"mueller", "muller", "müller"}, "Weiß": {"weiss"}, "ẞ": {"ss"}, "Ångström": {"aangstroem", "angstrom", "ångström"},
		"þór": {"thor", "þór"}, "ı": {"i", "ı"}, "İ": {"i", "i\u0307"}, "ﬁ": {"fi"}, "й": {"и", "й"}, "שָׁלוֹם": {"שלום", "שָׁלוֹם"}, "مُحَمَّد": {"محمد", "مُحَمَّد"},
		"हिन्दी": {"हिन्दी"}, "ไทย": {"ไทย"}, "한국": {"한국"}, "パパ": {"パパ"}, "\u0308": {"\u0308"}, "ʼ": {"ʼ"},
	} {
		slices.Sort(want)
		if got := indexOf(words(typed)); !slices.Equal(got, want) {
			t.Errorf("%q has the forms %q, want %q", typed, got, want)
		}
	}
	long := ""
	for range 30 {
		long += "ü"
	}
	for _, searched := range []string{long, long[:20], "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu", "ueueueueueueueueue"} {
		if !match(indexOf(words(long)), words(searched)) {
			t.Errorf("%s does not find %s", searched, long)
		}
	}
}
