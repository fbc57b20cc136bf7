package seal

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestC16_SwapCiphertextBetweenUsersFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	keys, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := keys.Seal([]byte("a key"), "ann", "authenticator")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("a key")) {
		t.Fatal("sealed is not encrypted")
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed, "ann", "authenticator"); err != nil || string(plain) != "a key" {
		t.Fatalf(`again.Open(sealed, "ann", "authenticator"): got %q %v, want no error, string(plain) "a key"`, plain, err)
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	other, err := Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"other person":     func() ([]byte, error) { return keys.Open(sealed, "ben", "authenticator") },
		"other purpose":    func() ([]byte, error) { return keys.Open(sealed, "ann", "recovery") },
		"shifted boundary": func() ([]byte, error) { return keys.Open(sealed, "anna", "uthenticator") },
		"changed":          func() ([]byte, error) { return keys.Open(flipped, "ann", "authenticator") },
		"cut":              func() ([]byte, error) { return keys.Open(sealed[:5], "ann", "authenticator") },
		"nothing":          func() ([]byte, error) { return keys.Open(nil, "ann", "authenticator") },
		"other keyset":     func() ([]byte, error) { return other.Open(sealed, "ann", "authenticator") },
	} {
		if plain, err := open(); err == nil {
			t.Errorf("%s opens: %q", name, plain)
		}
	}
}

func TestKeysetFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	if _, err := Load(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("missing: %v", err)
	}
	// Several programs that start at the same time get the same keyset.
	var wg sync.WaitGroup
	all := make([]*Keys, 8)
	for i := range all {
		wg.Go(func() {
			var err error
			if all[i], err = Create(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	sealed, err := all[0].Seal([]byte("x"), "u", "p")
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range all {
		if _, err := k.Open(sealed, "u", "p"); err != nil {
			t.Errorf("program %d has another keyset: %v", i, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("os.Stat(path): got %v %v, want no error, info.Mode().Perm() 0o600", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".keyset-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, c := range []struct {
		name, says string
		spoil      func() error
	}{
		{"readable by others", "chmod 600", func() error { return os.Chmod(path, 0o640) }},
		{"damaged", "damaged", func() error {
			return errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte("{"), 0o600))
		}},
	} {
		if err := c.spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want an error, %v in err.Error(), %v in err.Error()", c.name, err, c.says, path)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	keys := create(b)
	for b.Loop() {
		if _, err := keys.Seal(make([]byte, 20), "user", "purpose"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	keys := create(b)
	sealed, err := keys.Seal(make([]byte, 20), "user", "purpose")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := keys.Open(sealed, "user", "purpose"); err != nil {
			b.Fatal(err)
		}
	}
}

func create(b *testing.B) *Keys {
	keys, err := Create(filepath.Join(b.TempDir(), "keyset.json"))
	if err != nil {
		b.Fatal(err)
	}
	return keys
}

func TestC16_KeysetIsForItsOwner(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o400, 0o700, 0o440} {
		if exposed(mode, false) || exposed(mode, true) {
			t.Errorf("%o is refused", mode)
		}
	}
	for _, mode := range []fs.FileMode{0o640, 0o444} {
		if !exposed(mode, false) || exposed(mode, true) {
			t.Errorf("%o: others may read it where nobody writes, and only there", mode)
		}
	}
	for _, mode := range []fs.FileMode{0o620, 0o660, 0o460, 0o644, 0o604, 0o602, 0o666, 0o650, 0o420, 0o402, 0o446, 0o404} {
		if !exposed(mode, false) || !exposed(mode, true) {
			t.Errorf("%o is taken", mode)
		}
	}
}
