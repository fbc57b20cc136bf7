package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	rotating, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Load(path) // of another running program
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	old, err := other.Seal([]byte("x"), "u", "p")
	must(err)
	must(rotating.AddKey(""))
	if still, err := other.Seal([]byte("x"), "u", "p"); err != nil || KeyOf(still) != KeyOf(old) {
		t.Fatalf("other.Seal after AddKey: got key %d, %v, want key %d: a new key seals nothing yet", KeyOf(still), err, KeyOf(old))
	}
	must(rotating.Promote(""))
	prefix, err := rotating.Prefix()
	must(err)
	if bytes.HasPrefix(old, prefix) {
		t.Fatal("the old value has the new key's prefix")
	}
	for name, k := range map[string]*Keys{"rotating": rotating, "other": other} {
		if plain, err := k.Open(old, "u", "p"); err != nil || string(plain) != "x" {
			t.Errorf("%s cannot open the old value: %v", name, err)
		}
		fresh, err := k.Seal([]byte("y"), "u", "p")
		must(err)
		if !bytes.HasPrefix(fresh, prefix) {
			t.Errorf("%s seals with the old key", name)
		}
	}
	must(rotating.DropOthers(""))
	for name, k := range map[string]*Keys{"rotating": rotating, "other": other} {
		if held, err := k.Held(); err != nil || len(held.Keys) != 1 || held.Primary != held.Newest() {
			t.Errorf("%s.Held(): got %v %v, want one key, which is the primary one", name, held, err)
		}
		if _, err := k.Open(old, "u", "p"); err == nil {
			t.Errorf("%s opens with a dropped key", name)
		}
	}
}

func TestOneRotationAtATime(t *testing.T) {
	k, err := Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	release, err := k.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Lock(); err == nil {
		t.Error("two rotations at once")
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Lock(); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyKeysetIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	path, output := filepath.Join(dir, "keyset.json"), filepath.Join(dir, "next.json")
	k, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if k.ReadOnly() {
		t.Error("a keyset that was just made is read-only")
	}
	if err := os.Chmod(path, 0o440); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !k.ReadOnly() {
		t.Error("a keyset with mode 0440 is not read-only")
	}
	for name, change := range map[string]func(string) error{"AddKey": k.AddKey, "Promote": k.Promote, "DropOthers": k.DropOthers} {
		if err := change(""); err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%s: got %v, want an error that says read-only", name, err)
		}
	}
	if err := k.AddKey(output); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the read-only keyset was changed: %v", err)
	}
	next, err := Load(output)
	if err != nil {
		t.Fatal(err)
	}
	was, err := k.Held()
	if err != nil {
		t.Fatal(err)
	}
	if held, err := next.Held(); err != nil || len(held.Keys) != 2 || held.Primary != was.Primary || held.Newest() == was.Primary {
		t.Errorf("next.Held(): got %v %v, want the key %d, which is primary, and a new one", held, err, was.Primary)
	}
	if err := k.AddKey(output); err == nil {
		t.Error("an output was overwritten")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.lock")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if release, err := k.Lock(); err != nil || release() != nil {
		t.Errorf("k.Lock(): got %v, want no error: a read-only keyset needs no lock", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.lock")); len(left) > 0 {
		t.Errorf("a lock was made beside a read-only keyset: %v", left)
	}
}
