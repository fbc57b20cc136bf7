package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Lock ensures that only one program at a time rotates the keyset, or copies it
// together with the database. release gives the lock up. Lock returns an error
// if another program holds it. A read-only keyset needs no lock, because no
// program changes it.
func (k *Keys) Lock() (release func() error, err error) {
	if k.ReadOnly() {
		return func() error { return nil }, nil
	}
	path := k.path + ".lock"
	if err := k.makeLock(path); err != nil {
		return nil, fmt.Errorf("locking the keyset: %w", err)
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the keyset: %w", err)
	}
	if !ok {
		return nil, errors.New("another rotation of the keys, or a backup, is under way: wait for its end")
	}
	return lock.Unlock, nil
}

// makeLock makes the lock file for the owner of the keyset, unless it is there.
func (k *Keys) makeLock(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return errors.Join(keepOwner(f, k.file), f.Close())
}

// Path returns the path of the keyset file.
func (k *Keys) Path() string { return k.path }

// ReadOnly reports whether the keyset is never written: because of the mode of
// its file, because it is on a read-only mount, or because the portal may not
// write to its directory.
func (k *Keys) ReadOnly() bool {
	info, err := os.Stat(k.path)
	return err != nil || info.Mode().Perm()&0o200 == 0 || mountedReadOnly(k.path) || !writable(filepath.Dir(k.path))
}

// Held says which keys a keyset holds.
type Held struct {
	Keys    []uint32 // their IDs, the newest key last
	Primary uint32   // seals everything
}

// Newest returns the ID of the key that was added last.
func (h Held) Newest() uint32 { return h.Keys[len(h.Keys)-1] }

// Held returns which keys the file holds now.
func (k *Keys) Held() (Held, error) {
	if _, err := k.now(); err != nil {
		return Held{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return heldBy(k.handle)
}

func heldBy(h *keyset.Handle) (held Held, err error) {
	primary, err := h.Primary()
	if err != nil {
		return Held{}, fmt.Errorf("finding the primary key: %w", err)
	}
	held.Primary = primary.KeyID()
	for i := range h.Len() {
		entry, err := h.Entry(i)
		if err != nil {
			return Held{}, fmt.Errorf("reading the keyset: %w", err)
		}
		held.Keys = append(held.Keys, entry.KeyID())
	}
	return held, nil
}

// KeyOf returns the ID of the key that a value was sealed with; 0 if the value
// is not sealed.
func KeyOf(sealed []byte) uint32 {
	if len(sealed) < 5 || sealed[0] != tinkPrefix {
		return 0
	}
	return binary.BigEndian.Uint32(sealed[1:5])
}

// AddKey adds a key that seals nothing yet. Like Promote and DropOthers, it
// replaces the file, or writes the changed keyset to the new file output if
// output is not "".
func (k *Keys) AddKey(output string) error {
	return k.change(output, func(m *keyset.Manager, _ Held) error {
		if _, err := m.Add(aead.AES256GCMKeyTemplate()); err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		return nil
	})
}

// Promote makes the newest key the primary one, which seals everything from now
// on. Values that were sealed before can still be opened.
func (k *Keys) Promote(output string) error {
	return k.change(output, func(m *keyset.Manager, held Held) error {
		if err := m.SetPrimary(held.Newest()); err != nil {
			return fmt.Errorf("making a key primary: %w", err)
		}
		return nil
	})
}

// DropOthers deletes every key except the primary one, for good. The caller
// must have checked that no value is sealed with them.
func (k *Keys) DropOthers(output string) error {
	return k.change(output, func(m *keyset.Manager, held Held) error {
		for _, id := range held.Keys {
			if id == held.Primary {
				continue
			}
			if err := m.Delete(id); err != nil {
				return fmt.Errorf("dropping a key: %w", err)
			}
		}
		return nil
	})
}

// change writes a changed keyset: to output, which must not exist, or in place
// of the file if output is "".
func (k *Keys) change(output string, f func(*keyset.Manager, Held) error) error {
	if _, err := k.now(); err != nil {
		return err
	}
	if output == "" && k.ReadOnly() {
		return fmt.Errorf("the keyset %s is read-only", k.path)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	held, err := heldBy(k.handle)
	if err != nil {
		return err
	}
	m := keyset.NewManagerFromHandle(k.handle)
	if err := f(m, held); err != nil {
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
	if output != "" {
		if err := put(output, b.Bytes(), nil, os.Link); err != nil {
			return fmt.Errorf("writing the keyset %s: %w", output, err)
		}
		return nil
	}
	if err := put(k.path, b.Bytes(), k.file, os.Rename); err != nil {
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
