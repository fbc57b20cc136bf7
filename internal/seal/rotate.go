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

// Lock lets one program at a time rotate the keyset, or copy it together with
// what it opens; release ends that. It fails when another is at it.
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

// AddPrimary puts a new key into the file, with which everything is sealed
// from now on. What was sealed before still opens.
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

// DropOthers removes every key but the primary one, for good. The caller has
// seen that nothing is sealed with them.
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

// change writes a changed keyset in place of the file.
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

// Prefix is what every value begins with that was sealed with the primary key.
func (k *Keys) Prefix() ([]byte, error) {
	if _, err := k.now(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.primary), nil
}

// Len is how many keys there are.
func (k *Keys) Len() (int, error) {
	if _, err := k.now(); err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.handle.Len(), nil
}
