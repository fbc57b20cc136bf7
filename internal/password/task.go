package password

import (
	"errors"

	"golang.org/x/crypto/argon2"
)

// task is the computation that a password costs: a key to derive with Params,
// Salt and Size or, if Foreign is set, a comparison with a hash that another
// system has made. Entered is bytes because JSON does not hold every string.
type task struct {
	Entered []byte
	Params  Params
	Salt    []byte
	Size    uint32
	Foreign string
}

// result is the key of a task or, if it was Compared, whether Foreign matches.
type result struct {
	Key      []byte
	Compared bool
	Matches  bool
}

// validate returns an error if the task has neither parameters nor a Foreign.
func (t task) validate() error {
	if t.Foreign != "" {
		return nil
	}
	if t.Size == 0 || len(t.Salt) == 0 {
		return errors.New("a task has no salt, or no size of the key")
	}
	return t.Params.Validate()
}

// run computes the result in this process. A Foreign that cannot be parsed
// matches nothing.
func (t task) run() result {
	if t.Foreign != "" {
		matches, err := parseForeign(t.Foreign)
		return result{Compared: true, Matches: err == nil && matches(string(t.Entered))}
	}
	return result{Key: argon2.IDKey(t.Entered, t.Salt, t.Params.Time, t.Params.MemoryKiB, t.Params.Parallelism, t.Size)}
}
