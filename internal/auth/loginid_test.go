package auth

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestC11_CaseSpaceWidthZeroWidthVariants(t *testing.T) {
	for _, same := range []string{"alice", "ALICE", " Alice ", "ａｌｉｃｅ", "aLiCe\n"} {
		if key, err := CanonicalLoginID(same); err != nil || key != "alice" {
			t.Errorf("%q: %q %v", same, key, err)
		}
	}
	for _, none := range []string{
		"", "ab", "al ice", "ali\u200bce", "ali\u200dce", "ali\u00adce", "\u202ealice", "ali\x00ce", "ali:ce", "a/b/c", `a\b\c`,
		"<alice>", "ali\xffce", strings.Repeat("a", 65), "ali\tce", "ali\ufeffce",
	} {
		if key, err := CanonicalLoginID(none); err == nil {
			t.Errorf("%q is taken, as %q", none, key)
		}
	}
	for _, taken := range []string{"abc", strings.Repeat("a", 64), "alice@acme.example", "a.b-c_d+e", "Жанна", "søren"} {
		if _, err := CanonicalLoginID(taken); err != nil {
			t.Errorf("%q: %v", taken, err)
		}
	}
}

func TestC11_CanonicalIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once, err := CanonicalLoginID(rapid.String().Draw(t, "login ID"))
		if err != nil {
			return
		}
		if twice, err := CanonicalLoginID(once); err != nil || twice != once {
			t.Fatalf("%q becomes %q, %v", once, twice, err)
		}
	})
}

func FuzzCanonicalLoginID(f *testing.F) {
	f.Add("Alice")
	f.Add("ali\u200bce")
	f.Fuzz(func(t *testing.T, s string) {
		if key, err := CanonicalLoginID(s); err == nil {
			if again, err := CanonicalLoginID(key); err != nil || again != key {
				t.Errorf("%q: %q then %q %v", s, key, again, err)
			}
		}
	})
}
