// Package seal owns secrets at rest: the keyset file and what is encrypted
// with it.
//
// A sealed value opens only for the person and the purpose it was sealed for.
// The file is itself the secret: it holds the keyset in clear, is readable by
// the portal's user alone, and never lies in the database or its backup. A
// keyset has room for several keys, so that they can be rotated, and for a key
// service in place of the file.
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

// Keys seals and opens. It is safe for use by several goroutines, and notices
// when another program has put a rotated keyset in place of the file.
type Keys struct {
	path string

	mu      sync.Mutex
	handle  *keyset.Handle
	aead    tink.AEAD
	primary []byte // what values sealed with the primary key begin with
	file    fs.FileInfo
}

// Load reads the keyset file. The error is fs.ErrNotExist when there is none.
func Load(path string) (*Keys, error) {
	k := &Keys{path: path}
	return k, k.load()
}

// load reads the file; with the lock held, or before anybody else has k.
func (k *Keys) load() error {
	info, err := os.Stat(k.path)
	if err != nil {
		return fmt.Errorf("reading the keyset: %w", err)
	}
	if runtime.GOOS != "windows" && exposed(info.Mode(), mountedReadOnly(k.path)) {
		return fmt.Errorf("others may read the keyset %s: run chmod 600 on it", k.path)
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
	// Tink's prefix: the version and the key's id.
	k.primary = binary.BigEndian.AppendUint32([]byte{tinkPrefix}, primary.KeyID())
	return nil
}

const tinkPrefix = 1

// exposed reports whether others than its owner may read or change a keyset.
// On a mount that nobody writes to, such as a container's secret, its group may
// read it: there the portal is often the group and not the owner.
func exposed(mode fs.FileMode, readOnly bool) bool {
	others := mode.Perm() & 0o077
	return others != 0 && (!readOnly || others != 0o040)
}

// now returns the keyset as the file has it.
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

// Create makes a keyset file with one key, of mode 0600. When another program
// was faster, its keyset is loaded instead: a file that exists is never
// replaced.
func Create(path string) (*Keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making a keyset: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		return nil, fmt.Errorf("making a keyset: %w", err)
	}
	if err := put(path, b.Bytes(), os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("writing the keyset %s: %w", path, err)
	}
	return Load(path)
}

// put puts a whole file in place, on the disk, or none. With os.Link it fails
// where there is one already, with os.Rename it replaces that.
func put(path string, content []byte, place func(from, to string) error) (err error) {
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, ".keyset-"+rand.Text())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if gone := os.Remove(temp); gone != nil && !errors.Is(gone, fs.ErrNotExist) { // renamed
			err = errors.Join(err, gone)
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(temp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in a directory outlast a power cut.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // has no such call, and journals names by itself
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Seal encrypts a secret of one person for one purpose.
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

// Open decrypts what was sealed for the same person and purpose. It fails when
// the value was changed, moved to another person or purpose, or sealed with a
// key that is not in the keyset; which of these, the cryptography cannot tell.
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

// associated joins both so that no two pairs are the same bytes.
func associated(user, purpose string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(user)))
	return append(append(b, user...), purpose...)
}
