package seal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/gofrs/flock"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Lock ensures that only one program at a time rotates the keyset, or copies it
// together with the database. release gives the lock up. Lock returns an error
// if another program holds it.
func (k *Keys) Lock() (release func() error, err error) {
	lock := flock.New(k.path+".lock", flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the keyset: %w", err)
	}
	if !ok {
		return nil, errors.New("another rotation of the keys, or a backup, is under way: wait for its end")
	}
	return lock.Unlock, nil
}

// AddPrimary adds a key to the file and makes it the primary one, which seals
// everything from now on. Values that were sealed before can still be opened.
func (k *Keys) AddPrimary() error {
	return k.change(func(m *keyset.Manager, _ *keyset.Handle) error {
		id, err := m.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		if err := m.SetPrimary(id); err != nil {
			return fmt.Errorf("making a key primary: %w", err)
		}
		return nil
	})
}

// DropOthers deletes every key except the primary one, for good. The caller
// must have checked that no value is sealed with them.
func (k *Keys) DropOthers() error {
	return k.change(func(m *keyset.Manager, h *keyset.Handle) error {
		primary, err := h.Primary()
		if err != nil {
			return fmt.Errorf("finding the primary key: %w", err)
		}
		for i := range h.Len() {
			entry, err := h.Entry(i)
			if err != nil {
				return fmt.Errorf("reading the keyset: %w", err)
			}
			if entry.KeyID() == primary.KeyID() {
				continue
			}
			if err := m.Delete(entry.KeyID()); err != nil {
				return fmt.Errorf("dropping a key: %w", err)
			}
		}
		return nil
	})
}

// change replaces the file with a changed keyset.
func (k *Keys) change(f func(*keyset.Manager, *keyset.Handle) error) error {
	if _, err := k.now(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	m := keyset.NewManagerFromHandle(k.handle)
	if err := f(m, k.handle); err != nil {
		return err
	}
	changed, err := m.Handle()
	if err != nil {
		return fmt.Errorf("changing the keyset: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(changed, keyset.NewJSONWriter(&b)); err != nil {
		return fmt.Errorf("writing the keyset: %w", err)
	}
	if err := put(k.path, b.Bytes(), os.Rename); err != nil {
		return fmt.Errorf("writing the keyset %s: %w", k.path, err)
	}
	return k.load()
}

// Prefix returns the bytes that every value sealed with the primary key begins
// with.
func (k *Keys) Prefix() ([]byte, error) {
	if _, err := k.now(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.primary), nil
}

// Len returns the number of keys.
func (k *Keys) Len() (int, error) {
	if _, err := k.now(); err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.handle.Len(), nil
}
