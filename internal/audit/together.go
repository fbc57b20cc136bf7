package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"

	"portico/internal/store"
)

// What is sealed of all logs together is the exclusive or of a MAC over each
// one's newest checkpoint. It changes with every checkpoint, in the same
// transaction, and fits no mixture of earlier states: one log cannot be taken
// back, or removed, while the others go on.
type combined [sha256.Size]byte

func (l *Log) tag(signed string) (t combined) {
	h := hmac.New(sha256.New, l.key.together)
	h.Write([]byte(signed)) // never fails
	h.Sum(t[:0])
	return t
}

func (l *Log) startTogether(tx *store.Tx) error {
	if err := tx.DeletePortalSecret(togetherName); err != nil {
		return err
	}
	sealed, err := l.keys.Seal(make([]byte, sha256.Size), togetherName, store.PurposePortal)
	if err != nil {
		return err
	}
	return tx.CreatePortalSecret(togetherName, sealed)
}

// readTogether opens what is sealed of all logs; ErrTampered when it is missing or
// not the portal's.
func (l *Log) readTogether(r *store.Reader) (sum combined, sealed []byte, err error) {
	sealed, err = r.PortalSecret(togetherName)
	if errors.Is(err, store.ErrNotFound) {
		return sum, nil, fmt.Errorf("%w (what is sealed of all logs together was removed)", ErrTampered)
	}
	if err != nil {
		return sum, nil, err
	}
	plain, err := l.keys.Open(sealed, togetherName, store.PurposePortal)
	if err != nil {
		return sum, nil, fmt.Errorf("%w (what is sealed of all logs together does not open: %w)", ErrTampered, err)
	}
	if len(plain) != len(sum) {
		return sum, nil, fmt.Errorf("%w (what is sealed of all logs together is something else)", ErrTampered)
	}
	return combined(plain), sealed, nil
}

// addTogether puts a checkpoint in place of another in the sum; "" for none.
func (l *Log) addTogether(tx *store.Tx, was, next string) error {
	sum, sealed, err := l.readTogether(&tx.Reader)
	if err != nil {
		return err
	}
	for _, signed := range []string{was, next} {
		if signed != "" {
			sum.add(l.tag(signed))
		}
	}
	again, err := l.keys.Seal(sum[:], togetherName, store.PurposePortal)
	if err != nil {
		return err
	}
	return tx.SavePortalSecret(togetherName, sealed, again)
}

func (t *combined) add(other combined) { subtle.XORBytes(t[:], t[:], other[:]) }
