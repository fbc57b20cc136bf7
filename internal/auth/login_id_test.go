package auth

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"portico"
)

func TestC11_CaseSpaceWidthZeroWidthVariants(t *testing.T) {
	for _, same := range []string{"alice", "ALICE", " Alice ", "ａｌｉｃｅ", "aLiCe\n"} {
		if key, err := CanonicalLoginID(same); err != nil || key != "alice" {
			t.Errorf(`%q: %q %v, want no error, key "alice"`, same, key, err)
		}
	}
	for _, none := range []string{
		"", "ab", "al ice", "ali\u200bce", "ali\u200dce", "ali\u00adce", "\u202ealice", "ali\x00ce", "ali:ce", `a\b\c`,
		"<alice>", "ali\xffce", strings.Repeat("a", 65), "ali\tce", "ali\ufeffce", "ali\u2019ce", "ali\u2215ce", longAddress(255), strings.Repeat("a", 62) + "@@b",
	} {
		if key, err := CanonicalLoginID(none); err == nil {
			t.Errorf("%q is taken, as %q", none, key)
		}
	}
	for _, taken := range []string{
		"abc", strings.Repeat("a", 64), "alice@acme.example", "a.b-c_d+e", "Жанна", "søren",
		"o'neill@acme.example", "a/b@acme.example", "dept/ann", "!#$%&'*+-/=?^_`{|}~@acme.example", longAddress(254), "a@b",
	} {
		if _, err := CanonicalLoginID(taken); err != nil {
			t.Errorf("%q: %v, want no error", taken, err)
		}
	}
}

// longAddress returns an email address of n bytes.
func longAddress(n int) string { return strings.Repeat("a", n-len("@acme.example")) + "@acme.example" }

// TestC11_LookAlikeSigns checks that the full-width forms of signs are the signs
// themselves, and that other characters that look like them are refused.
func TestC11_LookAlikeSigns(t *testing.T) {
	for typed, want := range map[string]string{
		"o＇neill@acme.example": "o'neill@acme.example", "a／b@ACME.example": "a/b@acme.example", "ann＠acme.example": "ann@acme.example",
	} {
		if key, err := CanonicalLoginID(typed); err != nil || key != want {
			t.Errorf("%q: got %q, %v, want %q", typed, key, err, want)
		}
	}
	for _, sign := range "’ʹ′`´⁄∕╱" {
		if key, err := NewLoginID("o" + string(sign) + "neill"); err == nil && (key == "o'neill" || key == "o/neill") {
			t.Errorf("%q becomes %q", sign, key)
		}
	}
}

// TestTheCharacterIsNamed checks that the error about a login ID names the first
// character that it cannot have, as it was typed.
func TestTheCharacterIsNamed(t *testing.T) {
	for typed, want := range map[string]string{
		"ann:lee":               "Leave the character : out of the login ID.",
		`ann\lee`:               "Leave the character \\ out of the login ID.",
		`"ann"@acme.example`:    "Leave the character \" out of the login ID.",
		"ann<lee>":              "Leave the character < out of the login ID.",
		"ann：lee":               "Leave the character ： out of the login ID.",
		"ann’s":                 "Leave the character ’ out of the login ID.",
		"ann☺":                  "Leave the character ☺ out of the login ID.",
		"ann lee":               "Enter the login ID without spaces.",
		"ann\u00a0lee":          "Enter the login ID without spaces.",
		"ann\u200blee":          "Leave the invisible character U+200B out of the login ID.",
		"ann\u202elee":          "Leave the invisible character U+202E out of the login ID.",
		"ann\x00lee":            "Leave the invisible character U+0000 out of the login ID.",
		"ann\ttab":              "Leave the invisible character U+0009 out of the login ID.",
		"ann\ufeff":             "Leave the invisible character U+FEFF out of the login ID.",
		"annאבג":                "Enter the login ID in letters that are written in one direction.",
		"ann\xff":               "Use only letters, digits and punctuation in the login ID.",
		"ab":                    "Enter a login ID of 3 to 64 characters, or an email address.",
		"":                      "Enter a login ID of 3 to 64 characters, or an email address.",
		strings.Repeat("a", 65): "Enter a login ID of 3 to 64 characters, or an email address.",
		longAddress(255):        "Enter a login ID of 3 to 64 characters, or an email address.",
	} {
		if _, err := CanonicalLoginID(typed); err == nil || portico.ErrorOf(err).Fields["login_id"].String() != want {
			t.Errorf("%q: got %v, want %q", typed, err, want)
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

func TestC11_ScriptsOfLoginIDs(t *testing.T) {
	for _, taken := range []string{
		"alice", "жанна", "søren-2", "a.b_c@d", "12345", "李小龍", "alice李", "さくらサクラ漢字", "ラーメンbar", "ㄅㄆㄇ中文a", "김철수a金", "ελένη", "اسم123", "müller", "नीना",
	} {
		if _, err := NewLoginID(taken); err != nil {
			t.Errorf("%q: %v, want no error", taken, err)
		}
	}
	for _, mixed := range []string{
		"аlice", "аlісе", "pаypal", "οlga", "Жannа", "ellenа", "すばらしい김", "中文ㄅさ", "알ice中ひ", "alίce", "жαν", "иванω", "aա1",
	} {
		if key, err := NewLoginID(mixed); err == nil {
			t.Errorf("%q is taken, as %q", mixed, key)
		}
		if _, err := CanonicalLoginID(mixed); err != nil {
			t.Errorf("%q cannot log in any more: %v", mixed, err)
		}
	}
}

// FuzzNewLoginID checks NewLoginID against the same rule in another form: all
// characters of a login ID belong to one script, or to scripts that are written
// together.
func FuzzNewLoginID(f *testing.F) {
	for _, seed := range []string{"alice", "аlice", "さくらbar", "김a中", "ㄅ中a", "ㄅさa", "x\u0301y", "१2٣"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := NewLoginID(s)
		canonical, bad := CanonicalLoginID(s)
		if err == nil && (bad != nil || key != canonical) {
			t.Fatalf("%q: %q, but canonically %q %v", s, key, canonical, bad)
		}
		if bad != nil {
			return
		}
		single := false
		for _, table := range unicode.Scripts {
			single = single || only(canonical, table)
		}
		together := only(canonical, unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana) ||
			only(canonical, unicode.Latin, unicode.Han, unicode.Bopomofo) || only(canonical, unicode.Latin, unicode.Han, unicode.Hangul)
		if (err == nil) != (single || together) {
			t.Errorf("%q: %v, want (err == nil) %v", s, err, (single || together))
		}
	})
}

// only reports whether a text has no characters of other scripts.
func only(s string, scripts ...*unicode.RangeTable) bool {
	scripts = append(scripts, unicode.Common, unicode.Inherited)
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.In(r, scripts...) })
}
