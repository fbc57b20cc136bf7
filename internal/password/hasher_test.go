package password

import (
	"context"
	"errors"
	"strings"
	"testing"

	"portico"
)

var quick = Params{MemoryKiB: 64, Time: 1, Parallelism: 1}

func TestHashAndVerify(t *testing.T) {
	ctx := context.Background()
	h := NewHasher(quick, Limits{Slots: 2, Waiting: 2})
	stored, err := h.Hash(ctx, Turn{}, "corréct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("not in PHC form: %s", stored)
	}
	verify := func(h *Hasher, stored, password string) Verdict {
		v, err := h.Verify(ctx, Turn{}, stored, password)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, c := range map[string]struct {
		got, want Verdict
	}{
		"right":                     {verify(h, stored, "corréct horse battery"), Right},
		"right, composed otherwise": {verify(h, stored, "corre\u0301ct horse battery"), Right},
		"wrong":                     {verify(h, stored, "correct horse battery"), Wrong},
		"empty":                     {verify(h, stored, ""), Wrong},
		"nobody":                    {verify(h, "", "corréct horse battery"), Wrong},
		"nobody, empty":             {verify(h, "", ""), Wrong},
		"other parameters":          {verify(NewHasher(Params{128, 1, 1}, Limits{Slots: 1, Waiting: 1}), stored, "corréct horse battery"), RightStale},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

func TestC06_LongPasswordSuffixMatters(t *testing.T) {
	h := NewHasher(quick, Limits{Slots: 1, Waiting: 1})
	long := strings.Repeat("x", 200)
	stored, err := h.Hash(context.Background(), Turn{}, long+"a")
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{long + "b", long, long + "a ", " " + long + "a", strings.ToUpper(long + "a"), long + "A"} {
		if v, err := h.Verify(context.Background(), Turn{}, stored, other); err != nil || v != Wrong {
			t.Errorf("%q: %v %v, want no error, v %v", other, v, err, Wrong)
		}
	}
}

func TestC02_UnreadableHashDenies(t *testing.T) {
	h := NewHasher(quick, Limits{Slots: 1, Waiting: 1})
	good, err := h.Hash(context.Background(), Turn{}, "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, stored := range map[string]string{
		"plain":         "x",
		"other scheme":  strings.Replace(good, "argon2id", "argon2d", 1),
		"version":       strings.Replace(good, "v=19", "v=16", 1),
		"4 GiB":         strings.Replace(good, "m=64", "m=4194304", 1),
		"1000 passes":   strings.Replace(good, "t=1", "t=1000", 1),
		"200 lanes":     strings.Replace(good, "p=1", "p=200", 1),
		"no memory":     strings.Replace(good, "m=64", "m=0", 1),
		"negative":      strings.Replace(good, "t=1", "t=-1", 1),
		"trailing":      good + "$x",
		"short salt":    "$argon2id$v=19$m=64,t=1,p=1$AAAA$" + strings.Repeat("A", 43),
		"spaced params": strings.Replace(good, "t=1", "t= 1", 1),
	} {
		if v, err := h.Verify(context.Background(), Turn{}, stored, "x"); err == nil || v != Wrong {
			t.Errorf("%s: %v %v, want an error, v %v", name, v, err, Wrong)
		}
	}
}

func TestPasswordPolicy(t *testing.T) {
	about := []string{"alice.adams", "Alice", "Adams", "alice@acme.example", "Acme Telecom"}
	for password, says := range map[string]string{
		"correct horse battery staple":              "",
		"unicorn-lamp-42-rivers":                    "",
		"alice loves green gardens":                 "",
		"пароль из нескольких слов":                 "",
		"🦊🦊 fox in the night 🦊":                     "",
		strings.Repeat("ab cd ef gh ", 21) + "ijkl": "",
		"fourteen chars":                            "at least 15",
		"":                                          "at least 15",
		strings.Repeat("long words ", 24):           "at most 256",
		"aaaaaaaaaaaaaaaaaaaa":                      "simple sequence",
		"abcabcabcabcabcabc":                        "simple sequence",
		"12345678901234567890":                      "simple sequence",
		"qwertyuiopasdfghjkl":                       "simple sequence",
		"lkjhgfdsapoiuytrewq":                       "simple sequence",
		"passwordpassword":                          "most common",
		"password1234567890":                        "most common",
		"!!!!!!!password!!":                         "most common",
		"Password2026Password2026":                  "most common",
		"alice.adams.2026":                          "your name",
		"AcmeTelecom-Alice1":                        "your name",
		"alice@acme.example":                        "your name",
		"has a \x00 in the middle of it":            "letters, digits",
		"is no \xff text at all, is it":             "letters, digits",
	} {
		err := Check(password, portico.MinPasswordLength, about...)
		var told *portico.Error
		switch {
		case says == "" && err != nil:
			t.Errorf("%q is refused: %v", password, err)
		case says != "" && (!errors.As(err, &told) || !strings.Contains(told.Fields["password"].String(), says)):
			t.Errorf("%q: %v, want a sentence with %q", password, err, says)
		}
	}
}

func TestListIsLongEnough(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(common())), "\n")
	if len(lines) < 10000 {
		t.Errorf("%d common passwords, at least 10000 are asked for", len(lines))
	}
	for _, w := range []string{lines[0], lines[1], lines[len(lines)/2], lines[len(lines)-1]} {
		if !isCommon(w) {
			t.Errorf("%q is in the list and is not found", w)
		}
	}
	for _, w := range []string{"", "zzzzzzzzzzzzzzzzz", "!", "correct horse"} {
		if isCommon(w) {
			t.Errorf("%q is not in the list and is found", w)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$$")
	f.Fuzz(func(t *testing.T, s string) {
		if h, err := parsePHC(s); err == nil && (h.params.Validate() != nil || h.String() != s) {
			t.Errorf("%q is read as %+v", s, h.params)
		}
	})
}

// TestC21_TimingEqualised checks that an unknown login ID costs one hash, with
// the same parameters as a known one.
func TestC21_TimingEqualised(t *testing.T) {
	h := NewHasher(quick, Limits{Slots: 1, Waiting: 0})
	stored, err := h.Hash(context.Background(), Turn{}, "x")
	if err != nil {
		t.Fatal(err)
	}
	if h.dummy.params != quick || len(h.dummy.salt) != saltSize || len(h.dummy.key) != keySize {
		t.Errorf("got %+v, want h.dummy.params %v, %v of h.dummy.salt, %v of h.dummy.key", h.dummy, quick, saltSize, keySize)
	}
	if _, err := h.queue.take(context.Background(), Turn{}); err != nil { // the only slot is taken
		t.Fatal(err)
	}
	for name, hash := range map[string]string{"somebody": stored, "nobody": ""} {
		if _, err := h.Verify(context.Background(), Turn{}, hash, "x"); !portico.Busy.Is(err) {
			t.Errorf("%s costs no hash: %v", name, err)
		}
	}
}
