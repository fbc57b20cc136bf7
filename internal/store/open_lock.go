package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// openLock is the name of the file that each program locks, together with
// others, as long as it has the SQLite database of the directory open. A
// database can be set aside while a program has it open: that program goes on
// writing into it, and only this lock tells.
const openLock = "open.lock"

// shareDirectory takes the lock of a program that opens the database.
func (p Place) shareDirectory() (release func() error, err error) {
	lock := p.openLock()
	ok, err := lock.TryRLock()
	if err == nil && !ok {
		err = fmt.Errorf("a database is being restored into %s: wait until that has ended", p.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return lock.Unlock, nil
}

// seizeDirectory takes the lock for a program that puts a database in the place of
// another one. It returns an error if a program has that one open.
func (p Place) seizeDirectory() (release func() error, err error) {
	lock := p.openLock(flock.SetFlag(os.O_RDONLY)) // which leaves no file where nothing was ever opened
	ok, err := lock.TryLock()
	if errors.Is(err, fs.ErrNotExist) {
		return lock.Unlock, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking whether a program has the database open: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("another program has the database of %s open, which was set aside, and what it writes there would be lost: stop portico serve first", p.Dir)
	}
	return lock.Unlock, nil
}

func (p Place) openLock(options ...flock.Option) *flock.Flock {
	return flock.New(filepath.Join(p.Dir, openLock), append(options, flock.SetPermissions(0o600))...)
}

// released joins an error with the one of giving a lock back.
func released(err error, release func() error) error {
	if release == nil {
		return err
	}
	return errors.Join(err, release())
}
