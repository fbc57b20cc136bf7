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

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keys seals and opens. It is safe for use by several goroutines.
type Keys struct{ aead tink.AEAD }

// Load reads the keyset file. The error is fs.ErrNotExist when there is none.
func Load(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the keyset: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read the keyset %s: run chmod 600 on it", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the keyset: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
	if err != nil {
		return nil, fmt.Errorf("the keyset %s is damaged: put back a copy of it: %w", path, err)
	}
	return keysOf(handle)
}

func keysOf(handle *keyset.Handle) (*Keys, error) {
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("using the keyset: %w", err)
	}
	return &Keys{a}, nil
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
	if err := writeNew(path, b.Bytes()); errors.Is(err, fs.ErrExist) {
		return Load(path)
	} else if err != nil {
		return nil, fmt.Errorf("writing the keyset %s: %w", path, err)
	}
	return keysOf(handle)
}

// writeNew puts a whole file in place, on the disk, or none: the link fails
// where there is one already.
func writeNew(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, ".keyset-"+rand.Text())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp)) }()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(temp, path); err != nil {
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
	sealed, err := k.aead.Encrypt(plain, associated(user, purpose))
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return sealed, nil
}

// Open decrypts what was sealed for the same person and purpose. It fails when
// the value was changed, moved to another person or purpose, or sealed with a
// key that is not in the keyset; which of these, the cryptography cannot tell.
func (k *Keys) Open(sealed []byte, user, purpose string) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, associated(user, purpose))
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
