package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"portico/internal/config"
	"portico/internal/seal"
	"portico/internal/store"
)

// openKeys loads the keyset. Where there is none, it creates one if create is
// true and the database has no encrypted values: a new keyset could not decrypt
// them.
func openKeys(ctx context.Context, db *store.DB, place store.Place, path string, create bool) (*seal.Keys, error) {
	keys, err := seal.Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	used, anyErr := db.Read(ctx).AnythingSealed()
	if anyErr != nil {
		return nil, anyErr
	}
	if used || !create {
		return nil, missingKeys(place, path)
	}
	if keys, err = seal.Create(path); errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil, fmt.Errorf("the keyset %s is missing, and cannot be made there; make one by portico keys create, and put it there: %w", path, err)
	}
	return keys, err
}

// missingKeys says what to do about a keyset that is missing.
func missingKeys(place store.Place, path string) error {
	last, there, err := otherKeyset(place, path)
	switch {
	case err != nil:
		return err
	case last == "":
		return fmt.Errorf("the keyset %s is missing, and without it no authenticator in the database works: put it back, or if it is lost for good see portico keys replace --help", path)
	case there:
		return fmt.Errorf("the keyset %s is missing: %s, so give that as --keyset", path, hadKeyset(place, last))
	}
	return fmt.Errorf("the keyset %s is missing: %s, and %s", path, hadKeyset(place, last), awayKeyset)
}

// awayKeyset says what to do about the keyset of the last start if it is missing
// too.
const awayKeyset = "that file is not there now either; one that systemd provides is there only while the portal runs: give the file that it is made from as --keyset"

func hadKeyset(place store.Place, last string) string {
	return fmt.Sprintf("the portal of %s had the keyset %s when it started last", place.Dir, last)
}

func usualKeyset(place store.Place) string { return config.Data{}.KeysetFile(place.Dir) }

// otherKeyset returns the path of the keyset that a portal had when it started last,
// and whether there is a file. The path is "" if it is the one given, or if
// nothing speaks for another one.
func otherKeyset(place store.Place, path string) (last string, there bool, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return "", false, fmt.Errorf("finding the keyset: %w", err)
	}
	named, _, err := place.NamedKeyset()
	if err != nil {
		return "", false, err
	}
	last = cmp.Or(named, usualKeyset(place))
	_, err = os.Lstat(last)
	there = !errors.Is(err, fs.ErrNotExist) // also what cannot be looked at
	if last == path || named == "" && !there {
		return "", false, nil
	}
	return last, there, nil
}
