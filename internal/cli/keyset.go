package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"portico/internal/seal"
	"portico/internal/store"
)

// openKeys loads the keyset. Where there is none, it creates one if create is
// true and the database has no encrypted values: a new keyset could not decrypt
// them.
func openKeys(ctx context.Context, db *store.DB, path string, create bool) (*seal.Keys, error) {
	keys, err := seal.Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	used, anyErr := db.Read(ctx).AnythingSealed()
	if anyErr != nil {
		return nil, anyErr
	}
	if used || !create {
		return nil, missingKeys(path)
	}
	if keys, err = seal.Create(path); errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil, fmt.Errorf("the keyset %s is missing, and cannot be made there; make one by portico keys create, and put it there: %w", path, err)
	}
	return keys, err
}

// missingKeys says what to do about a keyset that is missing.
func missingKeys(path string) error {
	return fmt.Errorf("the keyset %s is missing, and without it no authenticator in the database works: put it back, or if it is lost for good see portico keys replace --help", path)
}
