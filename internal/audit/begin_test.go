package audit

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"portico"
	"portico/internal/seal"
	"portico/internal/store"
	"portico/internal/testdb"
)

// older is a database as the version before has left it: the key under its old
// name, checkpoints without their beginning, nothing sealed of all together.
func older(t *testing.T) (*store.DB, *seal.Keys, *key) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	keys, err := seal.Create(filepath.Join(dir, "keyset.json"))
	must(err)
	db, err := store.Open(t.Context(), store.Place{Dir: dir, URL: testdb.New(t, nil)}, func() time.Time { return start })
	must(err)
	t.Cleanup(func() { must(db.Close()) })
	secret := make([]byte, 32)
	k, err := keyFrom(secret)
	must(err)
	db.Prove(store.Proofs{})
	must(db.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		sealed, err := keys.Seal(secret, secretBefore, store.PurposePortal)
		if err != nil {
			return err
		}
		if err := tx.CreatePortalSecret(secretBefore, sealed); err != nil {
			return err
		}
		for _, slug := range []string{"acme", "bent", "new"} {
			id := portico.CustomerID("c-" + slug)
			if err := tx.CreateCustomer(portico.Customer{ID: id, Slug: slug, Name: slug, CreatedAt: start}); err != nil {
				return err
			}
			if slug == "new" {
				continue // created just before the end, and not signed yet
			}
			if err := signOld(tx, k, id); err != nil {
				return err
			}
		}
		return nil
	}))
	return db, keys, k
}

// signOld numbers three events, of which the portal attested the last, and signs
// them as the version before did.
func signOld(tx *store.Tx, k *key, c portico.CustomerID) error {
	tree := newTiles(&tx.Reader, c)
	for i := range 3 {
		if err := Record(tx, portico.Event{CustomerID: c, Action: portico.CustomerChanged, Actor: portico.CommandLine()}); err != nil {
			return err
		}
		entries, err := tx.Unnumbered(c, 1)
		if err != nil {
			return err
		}
		entries[0].Number, entries[0].Salt, entries[0].Attested = int64(i), newSalt(), i == 2
		if err := errors.Join(tx.NumberEvents(c, entries), tree.add(int64(i), leafHash(entries[0]))); err != nil {
			return err
		}
	}
	root, err := tree.root(3)
	if err != nil {
		return err
	}
	if c == "c-bent" {
		root = tlog.Hash{1}
	}
	at, err := k.sign(Checkpoint{Customer: c, Size: 3, Root: root, At: start})
	if err != nil {
		return err
	}
	return errors.Join(tree.save(tx, 0, 3), tx.PutCheckpoint(c, "", at.Signed))
}

// TestLogsOfAnOlderVersionGoOn: the first start signs each log as it is, under
// the same key; one that was tampered with before stays so, and what the older version
// has signed is not taken again.
func TestLogsOfAnOlderVersionGoOn(t *testing.T) {
	db, keys, k := older(t)
	old, err := db.Read(t.Context()).Checkpoint("c-acme")
	if err != nil {
		t.Fatal(err)
	}
	if h, err := Check(t.Context(), db, keys); err != nil || h.KeyMissing || h.Tampered.N > 0 {
		t.Errorf("before the first start: %+v %v", h, err)
	}
	for range 2 {
		l, err := Open(t.Context(), db, keys)
		if err != nil || l.Key() != k.public {
			t.Fatalf("Open(t.Context(), db, keys): got %v, want no error, l.Key() %v", err, k.public)
		}
	}
	l, err := Open(t.Context(), db, keys)
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range map[portico.CustomerID]Checkpoint{"c-acme": {Size: 3, Attested: 2}, "c-new": {}, portico.ProviderID: {}} {
		at, err := l.Newest(db.Read(t.Context()), c)
		if err != nil || at.Size != want.Size || at.Attested != want.Attested || !at.Began.Equal(start.Truncate(time.Second)) {
			t.Errorf("%s: %+v %v, want no error, at.Size %v, at.Attested %v, start.Truncate(time.Second)", c, at, err, want.Size, want.Attested)
		}
	}
	if h, err := Check(t.Context(), db, keys); err != nil || h.Logs != 4 || h.Tampered.N != 1 {
		t.Errorf("Check(t.Context(), db, keys): got %+v %v, want no error, h.Logs 4, 1 of h.Tampered", h, err)
	}
	grow := func() error {
		err := db.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
			return Record(tx, portico.Event{CustomerID: "c-acme", Action: portico.CustomerChanged, Actor: portico.CommandLine()})
		})
		return errors.Join(err, l.SequenceOne(t.Context(), "c-acme"))
	}
	if err := grow(); err != nil {
		t.Error(err)
	}
	err = db.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		now, err := tx.Checkpoint("c-acme")
		if err != nil {
			return err
		}
		return tx.PutCheckpoint("c-acme", now, old)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := grow(); !errors.Is(err, ErrTampered) {
		t.Errorf("signed on what the older version had signed: %v", err)
	}
}
