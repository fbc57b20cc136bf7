package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"portico"
)

// joinedNames are people by their first and last names.
var joinedNames = map[portico.UserID][2]string{
	"two": {"철수", "김"}, "one": {"김철수", ""}, "turned": {"김", "철수"}, "yamada": {"太郎", "山田"}, "yamada1": {"山田太郎", ""}, "kana": {"ジャン・リュック", "ピカール"},
	"quote": {"Ann", "O'Brien"}, "curly": {"Ann", "O’Brien"}, "none": {"Ann", "Obrien"}, "letter": {"Ann", "Oʼbrien"}, "acute": {"Ann", "O´Brien"}, "blank": {"Ann", "O Brien"},
	"angelo": {"Gus", "d'Angelo"}, "hyphen": {"Jean-Luc", "Picard"}, "soft": {"Jean‑Luc", "Picard"}, "whole": {"Jeanluc", "Picard"}, "apart": {"Jean Luc", "Picard"},
	"double": {"Eva", "Müller-Lüdenscheidt"}, "other": {"Brien", "O"},
}

// joinedPeople adds the people of joinedNames, and others until there are n.
func joinedPeople(t *testing.T, db *DB, n int) {
	t.Helper()
	update(t, db, func(tx *Tx) error {
		if err := tx.CreateCustomer(portico.Customer{ID: "acme", Slug: "acme", Name: "Acme", CreatedAt: start}); err != nil {
			return err
		}
		var accounts []NewUser
		for id, name := range joinedNames {
			a := person("acme", id, portico.RoleUser)
			a.FirstName, a.LastName, a.Email = name[0], name[1], "x@example.com"
			accounts = append(accounts, a.newUser())
		}
		for i := len(accounts); i < n; i++ {
			a := person("acme", portico.UserID(fmt.Sprintf("p%05d", i)), portico.RoleUser)
			a.FirstName, a.LastName, a.Email = "Pat", "O'Brien-O'Neill", "x@example.com"
			accounts = append(accounts, a.newUser())
		}
		return tx.CreateUsers(accounts)
	})
}

// TestSearchJoined checks that names which are written together, apart, or with
// apostrophes and hyphens are found by each other.
func TestSearchJoined(t *testing.T) {
	db := open(t, t.TempDir())
	joinedPeople(t, db, 0)
	obriens := "acute blank curly letter none quote"
	for typed, want := range map[string]string{
		"김철수": "one turned two", "김 철수": "one turned two", "철수 김": "one turned two", "김철": "one turned two", "철수": "turned two",
		"山田太郎": "yamada yamada1", "山田 太郎": "yamada yamada1", "山田　太郎": "yamada yamada1", "ジャンリュック": "kana", "ジャン・リュック": "kana",
		"obrien": "acute curly letter none quote", "O'Brien": obriens + " other", "o’brien": obriens + " other", "O´BRIEN": obriens + " other", "oʼbrien": "acute curly letter none quote", "O`Brien": obriens + " other", "obri": "acute curly letter none quote",
		"o brien": "acute blank curly other quote", "ann obrien": "acute curly letter none quote", "dangelo": "angelo", "d'Angelo": "angelo", "angelo": "angelo",
		"jeanluc": "hyphen soft whole", "Jean-Luc": "apart hyphen soft whole", "jean‐luc picard": "apart hyphen soft whole", "luc": "apart hyphen soft", "picard jeanluc": "hyphen soft whole",
		"mullerludenscheidt": "double", "muellerluedenscheidt": "double", "müller lüdenscheidt": "double", "lüdenscheidt": "double", "müller-lud": "double", "-": "", "o'zz": "", "김철수x": "",
	} {
		var got []string
		for _, u := range walk(t, db, portico.PeopleQuery{Search: typed}, func() {}) {
			got = append(got, string(u.ID))
		}
		if slices.Sort(got); !slices.Equal(got, strings.Fields(sorted(want))) {
			t.Errorf("%s finds %q, want %q", typed, got, sorted(want))
		}
	}
	if r, err := db.Read(t.Context()).CheckIntegrity(5000); err != nil || r != (IntegrityReport{People: len(joinedNames), Sampled: len(joinedNames)}) {
		t.Errorf("the index: %+v %v", r, err)
	}
}

func sorted(words string) string {
	fields := strings.Fields(words)
	slices.Sort(fields)
	return strings.Join(fields, " ")
}

// TestSearchJoinedAmongMany checks that a search with more matches than can be
// sorted lists everybody once, with or without the apostrophe.
func TestSearchJoinedAmongMany(t *testing.T) {
	const n = 3*smallResult + 20
	db := open(t, t.TempDir())
	joinedPeople(t, db, n)
	many := n - len(joinedNames)
	for typed, want := range map[string]int{"obrien": many + 5, "O'Brien": many + 7, "obrienoneill": many, "o'brien-o'neill": many, "o'neill": many, "pat obrien": many} {
		found := map[portico.UserID]bool{}
		people := walk(t, db, portico.PeopleQuery{Search: typed}, func() {})
		for _, u := range people {
			found[u.ID] = true
		}
		if len(people) != want || len(found) != want {
			t.Errorf("%s finds %d, %d of them once, want %d", typed, len(people), len(found), want)
		}
	}
}

// TestUpgradeIndexesJoinedNames upgrades a database whose index has no joined
// names: lists stay in order, searches by words find everybody at once, and
// those by joined names find everybody once the job is through.
func TestUpgradeIndexesJoinedNames(t *testing.T) {
	if testing.Short() {
		return // long
	}
	const n = indexedAtOnce + 300
	dir := t.TempDir()
	db := open(t, dir)
	joinedPeople(t, db, n)
	beforeJoinedNames(t, db)
	db = open(t, dir)
	if under, err := db.Read(t.Context()).Reindexing(); err != nil || !under {
		t.Fatalf("after the migration, people are to be indexed: %v %v, want true", under, err)
	}
	many := n - len(joinedNames)
	found := func(typed string) int {
		return len(walk(t, db, portico.PeopleQuery{Search: typed}, func() {}))
	}
	if parts, joined := found("o'neill"), found("oneill"); parts != many || joined != 0 {
		t.Errorf("meanwhile o'neill finds %d and oneill %d, want %d and 0: that is not the beginning of a name", parts, joined, many)
	}
	if some := found("obrienoneill"); some == 0 || some >= many {
		t.Errorf("meanwhile obrienoneill finds %d, want some of %d", some, many)
	}
	people := walk(t, db, portico.PeopleQuery{}, func() {
		update(t, db, func(tx *Tx) error { _, err := tx.ContinueReindexing(20); return err })
	})
	if inOrder := slices.IsSortedFunc(people, func(a, b portico.User) int { return CompareNames(a.Name(), b.Name()) }); !inOrder || len(people) != n {
		t.Errorf("meanwhile %d people are listed, in order: %v, want %d in order", len(people), inOrder, n)
	}
	by, err := db.Read(context.Background()).sortColumns()
	if err != nil || by.name != "u.name_sort" {
		t.Errorf("meanwhile lists sort by %v %v, want the sort keys, which are all there", by, err)
	}
	for more := true; more; {
		update(t, db, func(tx *Tx) (err error) { more, err = tx.ContinueReindexing(500); return err })
	}
	if all := found("obrienoneill"); all != many {
		t.Errorf("at the end obrienoneill finds %d, want %d", all, many)
	}
	if r, err := db.Read(t.Context()).CheckIntegrity(5000); err != nil || r != (IntegrityReport{People: n, Sampled: n}) {
		t.Errorf("at the end: %+v %v", r, err)
	}
}

// TestUpgradeDuringReindexing checks that an upgrade while people are still
// indexed for the earlier one indexes everybody for both.
func TestUpgradeDuringReindexing(t *testing.T) {
	if testing.Short() {
		return // long: thousands of users are indexed again
	}
	const n = 2*indexedAtOnce + 500
	dir := t.TempDir()
	db := open(t, dir)
	joinedPeople(t, db, n)
	beforeSortKeys(t, db)
	db = open(t, dir)
	by, err := db.Read(t.Context()).sortColumns()
	if err != nil || by.name != "u.name_key" {
		t.Errorf("meanwhile lists sort by %v %v, want the earlier keys", by, err)
	}
	for more := true; more; {
		update(t, db, func(tx *Tx) (err error) { more, err = tx.ContinueReindexing(500); return err })
	}
	if r, err := db.Read(t.Context()).CheckIntegrity(5000); err != nil || r != (IntegrityReport{People: n, Sampled: n}) {
		t.Errorf("at the end: %+v %v", r, err)
	}
	if by, err := db.Read(t.Context()).sortColumns(); err != nil || by.name != "u.name_sort" {
		t.Errorf("at the end lists sort by %v %v, want the sort keys", by, err)
	}
}

// beforeJoinedNames takes a database back to what it was before migration 26.
func beforeJoinedNames(t *testing.T, db *DB) {
	t.Helper()
	for _, statement := range slices.Concat(laterMigrations, []string{
		`ALTER TABLE reindexing DROP COLUMN sorted`, `DELETE FROM user_words WHERE word LIKE 'obrien%' AND user_id LIKE 'p0%'`,
		`DELETE FROM ` + versionTable + ` WHERE version_id >= 26`,
	}) {
		if _, err := db.writer.Exec(statement); err != nil {
			t.Fatalf("%s: %v, want no error", statement, err)
		}
	}
}
