package audit

import (
	"errors"
	"fmt"
)

// mostTold is how many tampered logs an error names. A restored database with
// the keyset of another portal has as many as customers.
const mostTold = 10

// Tampered collects the errors of logs that were tampered with: it counts all of
// them and keeps the first few.
type Tampered struct {
	N     int
	First []error
}

func (t *Tampered) add(err error) {
	t.N++
	if len(t.First) < mostTold {
		t.First = append(t.First, err)
	}
}

// err returns the errors that were kept and how many others there are, or nil if
// there is none.
func (t *Tampered) err() error {
	err := errors.Join(t.First...)
	if more := t.N - len(t.First); more > 0 {
		return fmt.Errorf("%w\nand %d more", err, more)
	}
	return err
}
