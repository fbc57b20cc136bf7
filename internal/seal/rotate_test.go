package seal

import (
	"bytes"
	"path/filepath"
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
	must(rotating.AddPrimary())
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
	must(rotating.DropOthers())
	for name, k := range map[string]*Keys{"rotating": rotating, "other": other} {
		if n, err := k.Len(); err != nil || n != 1 {
			t.Errorf("%s has %d keys: %v", name, n, err)
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
