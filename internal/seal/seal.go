// Package seal owns secrets at rest: the keyset file and what is encrypted with
// it.
//
// A sealed value can only be opened for the user and the purpose for which it
// was sealed. The keyset file is itself a secret: it holds the keys in clear,
// must be readable by its owner alone (where nobody writes to it, also by its
// group: see exposed), and is never stored in the database or its backup. A
// keyset can hold several keys, which allows rotation, and a key service could
// take the place of the file.
package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keys seals and opens values. It is safe for concurrent use, and notices when
// another program has replaced the file with a rotated keyset.
type Keys struct {
	path string

	mu      sync.Mutex
	handle  *keyset.Handle
	aead    tink.AEAD
	primary []byte // prefix of values sealed with the primary key
	file    fs.FileInfo
}

// Load reads the keyset file. The error is fs.ErrNotExist if there is no file.
func Load(path string) (*Keys, error) {
	k := &Keys{path: path}
	return k, k.load()
}

// load reads the file. The caller must hold the lock, or be the only one with
// access to k.
func (k *Keys) load() error {
	info, err := os.Stat(k.path)
	if err != nil {
		return fmt.Errorf("reading the keyset: %w", err)
	}
	if info.IsDir() {
		return fmt.Errorf("the keyset %s is a directory, and a file is wanted", k.path)
	}
	if runtime.GOOS != "windows" && exposed(info.Mode(), mountedReadOnly(k.path)) {
		return fmt.Errorf("other users can read or change the keyset %s: run chmod 600 on it, or mount the secret with mode 0400 or 0440", k.path)
	}
	b, err := os.ReadFile(k.path)
	if err != nil {
		return fmt.Errorf("reading the keyset: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
	if err != nil {
		return fmt.Errorf("the keyset %s is damaged: put back a copy of it: %w", k.path, err)
	}
	a, err := aead.New(handle)
	if err != nil {
		return fmt.Errorf("using the keyset: %w", err)
	}
	primary, err := handle.Primary()
	if err != nil {
		return fmt.Errorf("using the keyset: %w", err)
	}
	k.handle, k.aead, k.file = handle, a, info
	// Tink's prefix is its version and the key's ID.
	k.primary = binary.BigEndian.AppendUint32([]byte{tinkPrefix}, primary.KeyID())
	return nil
}

const tinkPrefix = 1

// exposed reports whether users other than the owner may read or change a
// keyset more than they have to. Its group may read a file that its owner
// cannot write, or one on a read-only mount: a secret of an orchestrator or of
// systemd, where the portal is often in the group and not the owner. Docker
// gives secrets mode 0444, which counts only on a read-only mount: there the
// container is the fence. Nobody but the owner may ever write.
func exposed(mode fs.FileMode, readOnlyMount bool) bool {
	unwritten := mode.Perm()&0o200 == 0
	switch mode.Perm() & 0o077 {
	case 0:
		return false
	case 0o040:
		return !unwritten && !readOnlyMount
	case 0o044:
		return !unwritten || !readOnlyMount
	}
	return true
}

// now returns the keyset that is in the file at this moment.
func (k *Keys) now() (tink.AEAD, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.path)
	if err != nil {
		return nil, fmt.Errorf("looking at the keyset: %w", err)
	}
	if !os.SameFile(info, k.file) || !info.ModTime().Equal(k.file.ModTime()) || info.Size() != k.file.Size() {
		if err := k.load(); err != nil {
			return nil, err
		}
	}
	return k.aead, nil
}

// Create creates a keyset file with one key and mode 0600. If another program
// has created the file meanwhile, Create loads that keyset: it never replaces
// an existing file.
func Create(path string) (*Keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making a keyset: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		return nil, fmt.Errorf("making a keyset: %w", err)
	}
	if err := put(path, b.Bytes(), nil, os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("writing the keyset %s: %w", path, err)
	}
	return Load(path)
}

// put writes a file atomically and syncs it to disk. place is os.Link, which
// returns an error if the file exists, or os.Rename, which replaces it.
func put(path string, content []byte, replaced fs.FileInfo, place func(from, to string) error) (err error) {
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, ".keyset-"+rand.Text())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s", dir)
	}
	if err != nil {
		return err
	}
	defer func() {
		if gone := os.Remove(temp); gone != nil && !errors.Is(gone, fs.ErrNotExist) { // place has renamed it
			err = errors.Join(err, gone)
		}
	}()
	_, err = f.Write(content)
	if err == nil && replaced != nil {
		err = keepOwner(f, replaced)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(temp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir syncs a directory, so that a new name in it survives a power failure.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // has no such call, and journals names itself
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Seal encrypts a secret of one user for one purpose.
func (k *Keys) Seal(plain []byte, user, purpose string) ([]byte, error) {
	a, err := k.now()
	if err != nil {
		return nil, err
	}
	sealed, err := a.Encrypt(plain, associated(user, purpose))
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return sealed, nil
}

// Open decrypts a value that was sealed for the same user and purpose. It
// returns an error if the value was tampered with, belongs to another user or
// purpose, or was sealed with a key that is not in the keyset. The cryptography
// cannot tell these apart.
func (k *Keys) Open(sealed []byte, user, purpose string) ([]byte, error) {
	a, err := k.now()
	if err != nil {
		return nil, err
	}
	plain, err := a.Decrypt(sealed, associated(user, purpose))
	if err != nil {
		return nil, errors.New("a sealed value does not open: it was changed or moved, or the keyset is not the one it was sealed with")
	}
	return plain, nil
}

// associated joins both such that different pairs never give the same bytes.
func associated(user, purpose string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(user)))
	return append(append(b, user...), purpose...)
}
