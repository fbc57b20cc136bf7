package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"portico"
	"portico/internal/seal"
	"portico/internal/store"
)

// Sealed values of the portal that the logs rest on. The key has had another
// name before each customer's log was signed from its beginning: a database
// that has it under this name, and a customer without a checkpoint, was
// tampered with.
const (
	secretName   = "audit logs"          // what the key is derived from
	secretBefore = "audit log"           // the same, in databases of an older version
	togetherName = "audit logs together" // the sum over the newest checkpoints of all logs
)

// secretSize is the length of the secret that the key is derived from. One more
// byte says that the rows of this database bear MACs: the portal did not write a
// row without one.
const secretSize = 32

// rowsProved is the value of that byte.
const rowsProved = 1

// Open makes the log ready: from now on each event that is written is attested,
// and the log of each new customer is signed from its beginning. The key is
// made the first time; what an earlier key has signed, which is lost with its
// keyset, is then signed anew. It fails when the keyset is not the database's.
func Open(ctx context.Context, db *store.DB, keys *seal.Keys) (*Log, error) {
	for {
		l, err := openKey(db.Read(ctx), keys)
		if err == nil && l.rowsProved {
			l.DB = db
			db.Prove(l.proofs())
			return l, nil
		}
		first := func(tx *store.Tx) error { return makeKey(tx, keys) }
		if err == nil {
			db.Prove(l.proofs())
			first = l.proveRows
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		err = db.Update(ctx, portico.System(portico.Origin{}), first)
		if err != nil && !errors.Is(err, store.ErrTaken) && (l == nil || !errors.Is(err, store.ErrNotFound)) {
			return nil, fmt.Errorf("making the key of the audit log: %w", err)
		}
	}
}

// Attest proves what a command writes that works without a Portal. It does nothing
// if the portal has not made its key yet.
func Attest(ctx context.Context, db *store.DB, keys *seal.Keys) error {
	l, err := openKey(db.Read(ctx), keys)
	if err == nil {
		db.Prove(l.proofs())
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}

func (l *Log) proofs() store.Proofs {
	return store.Proofs{Event: l.key.attest, Row: l.key.row, Begin: l.begin}
}

// openKey reads the key; store.ErrNotFound before a program of this version has
// run.
func openKey(r *store.Reader, keys *seal.Keys) (*Log, error) {
	sealed, err := r.PortalSecret(secretName)
	if err != nil {
		return nil, err
	}
	secret, err := keys.Open(sealed, secretName, store.PurposePortal)
	if err != nil {
		return nil, fmt.Errorf("opening the key of the audit log: %w", err)
	}
	if len(secret) < secretSize {
		return nil, errors.New("the key of the audit log is too short")
	}
	l := &Log{keys: keys, rowsProved: len(secret) > secretSize}
	l.key, err = keyFrom(secret[:secretSize])
	return l, err
}

// proveRows gives the rows of an older version their MACs. That happens once: the
// sealed secret says whether it was done.
func (l *Log) proveRows(tx *store.Tx) error {
	sealed, err := tx.PortalSecret(secretName)
	if err != nil {
		return err
	}
	secret, err := l.keys.Open(sealed, secretName, store.PurposePortal)
	if err != nil {
		return fmt.Errorf("opening the key of the audit log: %w", err)
	}
	if len(secret) > secretSize { // another program was faster
		return nil
	}
	again, err := l.keys.Seal(append(secret, rowsProved), secretName, store.PurposePortal)
	if err != nil {
		return err
	}
	if err := tx.SavePortalSecret(secretName, sealed, again); err != nil {
		return err
	}
	return tx.ProveRows()
}

// makeKey makes the key, or takes over the one of an older version, and signs
// what there is of each log.
func makeKey(tx *store.Tx, keys *seal.Keys) error {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails: the program ends instead
	sealed, err := tx.PortalSecret(secretBefore)
	before := err == nil
	switch {
	case before:
		if secret, err = keys.Open(sealed, secretBefore, store.PurposePortal); err == nil {
			err = tx.DeletePortalSecret(secretBefore)
		}
	case errors.Is(err, store.ErrNotFound):
		err = nil
	}
	if err == nil {
		sealed, err = keys.Seal(secret, secretName, store.PurposePortal)
	}
	if err == nil {
		err = tx.CreatePortalSecret(secretName, sealed)
	}
	if err != nil {
		return err
	}
	l := Log{keys: keys}
	if l.key, err = keyFrom(secret); err != nil {
		return err
	}
	return l.beginAll(tx, before)
}

// beginAll signs each log as it is, and begins those of customers that have
// none. before is for a database of an older version with the same key: then
// only what that key has signed is signed again. Without it the key is a new
// one, and nothing from before can be checked.
func (l *Log) beginAll(tx *store.Tx, before bool) error {
	if err := l.startTogether(tx); err != nil {
		return err
	}
	err := eachLog(&tx.Reader, func(c portico.CustomerID, signed string) error {
		was, err := l.stored(&tx.Reader, c, signed, before)
		if errors.Is(err, ErrTampered) {
			return l.addTogether(tx, "", signed) // it stays as it is, and nothing is signed on it
		}
		if err != nil {
			return err
		}
		next := was
		if next.Began.IsZero() {
			next.Began = tx.Now
			next.Attested, err = tx.FirstAttested(c)
		}
		if err != nil {
			return err
		}
		return l.resign(tx, was, next)
	})
	if err != nil {
		return err
	}
	return eachWithoutLog(&tx.Reader, func(c portico.CustomerID) error {
		var old int64
		if !before {
			// From before any key: of commands before the first start, of a version
			// that attested nothing, or of one whose keyset is lost.
			if old, err = tx.CountEvents(c); err != nil {
				return err
			}
		}
		return l.beginFrom(tx, c, old)
	})
}

// stored is a log's checkpoint as it is stored, before it is signed as this
// version does. ErrTampered when it is not what the key has signed, or with a new
// key, when it cannot be read.
func (l *Log) stored(r *store.Reader, c portico.CustomerID, signed string, before bool) (at Checkpoint, err error) {
	if before {
		at, err = open(signed, note.VerifierList(l.key.verifier))
	} else {
		text, _, _ := strings.Cut(signed, "\n\n")
		at, err = parse(text + "\n")
	}
	if err == nil && at.Customer != c {
		err = errors.New("it is the checkpoint of another customer")
	}
	if err != nil {
		return at, fmt.Errorf("%w (%w)", ErrTampered, err)
	}
	at.Signed = signed
	if before {
		err = newTiles(r, c).fit(at)
	}
	return at, err
}

// resign signs a checkpoint that the sum over all logs does not hold yet.
func (l *Log) resign(tx *store.Tx, was, next Checkpoint) error {
	next, err := l.key.sign(next)
	if err != nil {
		return err
	}
	if err := tx.PutCheckpoint(next.Customer, was.Signed, next.Signed); err != nil {
		return err
	}
	return l.addTogether(tx, "", next.Signed)
}

// begin begins the log of a new customer, in the transaction that creates the
// customer. A customer whose checkpoint is missing later was tampered with.
func (l *Log) begin(tx *store.Tx, c portico.CustomerID) error { return l.beginFrom(tx, c, 0) }

func (l *Log) beginFrom(tx *store.Tx, c portico.CustomerID, attested int64) error {
	root, err := tlog.TreeHash(0, nil)
	if err != nil {
		return fmt.Errorf("hashing the tree: %w", err)
	}
	return l.put(tx, Checkpoint{}, Checkpoint{Customer: c, Root: root, At: tx.Now, Began: tx.Now, Attested: attested})
}

// eachLog calls f for every log that has a checkpoint, with it.
func eachLog(r *store.Reader, f func(c portico.CustomerID, signed string) error) error {
	const batch = 500
	for after := store.LogCursor(""); ; {
		logs, err := r.Checkpoints(after, batch)
		if err != nil {
			return err
		}
		for _, log := range logs {
			if err := f(log.CustomerID, log.Checkpoint); err != nil {
				return err
			}
			after = store.LogCursor(log.CustomerID)
		}
		if len(logs) < batch {
			return nil
		}
	}
}

// eachWithoutLog calls f for every customer that has no checkpoint.
func eachWithoutLog(r *store.Reader, f func(portico.CustomerID) error) error {
	const batch = 500
	for after := store.LogCursor(""); ; {
		customers, err := r.WithoutCheckpoint(after, batch)
		if err != nil {
			return err
		}
		for _, c := range customers {
			if err := f(c); err != nil {
				return err
			}
			after = store.LogCursor(c)
		}
		if len(customers) < batch {
			return nil
		}
	}
}
