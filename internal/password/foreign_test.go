package password

import (
	"context"
	"strings"
	"testing"
)

// foreignHashes are hashes of "correct horse battery staple", made with
// Debian's argon2 and htpasswd and with Python's hashlib.
var foreignHashes = map[string]string{
	"argon2i":                "$argon2i$v=19$m=4096,t=3,p=2$c29tZXNhbHRzYWx0$pgW5W7K+BUC+qaqYmNzTMQk5Az47ByLWl4wR8B6AHvQ",
	"argon2id":               "$argon2id$v=19$m=4096,t=3,p=2$c29tZXNhbHRzYWx0$y+5QzKGnRq4uVVkfLbh5ursxZro+GC0v",
	"bcrypt":                 "$2y$06$j2Ka7/rvgFQuvT3gIRqDsuSR0fY9z1aZ4dwMQKEko1WF0QwWseKNa",
	"scrypt":                 "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$bHXojks4sm1uMH4CDw9EcLZ/muyLxbYYc9xGzvNAnuQ",
	"PBKDF2 SHA-1, passlib":  "$pbkdf2-sha1$1000$c2FsdHNhbHRzYWx0c2FsdA$XfAg5IAz304UvYgmglt9ZXw8wLc",
	"PBKDF2 SHA-256":         "$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0c2FsdA$31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8",
	"PBKDF2 SHA-256 passlib": "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA$31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8",
	"PBKDF2 SHA-512 passlib": "$pbkdf2-sha512$1000$c2FsdHNhbHRzYWx0c2FsdA$ORxvnPF08mmTltUf/WSLS8FZ3yYanqBrD.km4rpMr07F2ze7/s1VLAjm.ry9RrSLc7aA5i7XxlkTGvDGO5vcpw",
}

func TestHashesFromElsewhere(t *testing.T) {
	h := NewHasher(quick, Limits{Slots: 1, Waiting: 1})
	for name, stored := range foreignHashes {
		if err := CheckHash(stored); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
		if v, err := h.Verify(context.Background(), Turn{}, stored, "correct horse battery staple"); err != nil || v != RightStale {
			t.Errorf("%s, right password: %v %v", name, v, err)
		}
		for _, wrong := range []string{"", "correct horse battery staplE", "correct horse battery staple "} {
			if v, err := h.Verify(context.Background(), Turn{}, stored, wrong); err != nil || v != Wrong {
				t.Errorf("%s, %q: %v %v, want no error, v %v", name, wrong, v, err, Wrong)
			}
		}
	}
}

func TestC02_ForeignHashesAreBounded(t *testing.T) {
	h := NewHasher(quick, Limits{Slots: 1, Waiting: 1})
	in := func(name, from, to string) string { return strings.Replace(foreignHashes[name], from, to, 1) }
	for name, stored := range map[string]string{
		"argon2d":                "$argon2d$v=19$m=4096,t=3,p=2$c29tZXNhbHRzYWx0$n6ROt3OGpZmMSn6R5RO+wyuqKNAGpD2r",
		"argon2i of 4 GiB":       in("argon2i", "m=4096", "m=4194304"),
		"argon2i of 1000 passes": in("argon2i", "t=3", "t=1000"),
		"bcrypt of cost 31":      in("bcrypt", "$06$", "$31$"),
		"bcrypt of cost 15":      in("bcrypt", "$06$", "$15$"),
		"bcrypt cut":             foreignHashes["bcrypt"][:50],
		"scrypt of 1 TiB":        in("scrypt", "ln=10", "ln=30"),
		"scrypt wide":            in("scrypt", "r=8", "r=4096"),
		"scrypt of 512 MiB":      in("scrypt", "ln=10,r=8", "ln=16,r=64"),
		"PBKDF2 for ever":        in("PBKDF2 SHA-256", "i=1000", "i=2000000000"),
		"PBKDF2 for long":        in("PBKDF2 SHA-256", "i=1000", "i=2000001"),
		"PBKDF2 backwards":       in("PBKDF2 SHA-256", "i=1000", "i=-1"),
		"short key":              "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA$31lt",
		"MD5":                    "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
		"empty":                  "$$$$",
	} {
		if err := CheckHash(stored); err == nil {
			t.Errorf("%s is taken", name)
			continue // and would be worked on for ever
		}
		costly := strings.Contains(CheckHash(stored).Error(), "costs too much")
		if v, err := h.Verify(context.Background(), Turn{}, stored, "correct horse battery staple"); (err == nil) != costly || v != Wrong {
			t.Errorf("%s: %v %v, want (err == nil) %v, v %v", name, v, err, costly, Wrong)
		}
	}
}

// TestC10_CostlyHashesAreRefused checks that hashes from elsewhere are bounded
// by their work, whatever the algorithm, and that what OWASP and RFC 9106
// recommend is within the bound.
func TestC10_CostlyHashesAreRefused(t *testing.T) {
	in := func(name, from, to string) string { return strings.Replace(foreignHashes[name], from, to, 1) }
	for name, c := range map[string]struct {
		stored string
		taken  bool
	}{
		"scrypt of 12 seconds":                {in("scrypt", "ln=10,r=8,p=1", "ln=18,r=8,p=16"), false},
		"scrypt as OWASP asks for":            {in("scrypt", "ln=10,r=8,p=1", "ln=17,r=8,p=1"), true},
		"argon2id, widest and longest":        {in("argon2id", "m=4096,t=3,p=2", "m=262144,t=16,p=1"), false},
		"argon2i, widest and longest":         {in("argon2i", "m=4096,t=3,p=2", "m=262144,t=16,p=1"), false},
		"argon2id as RFC 9106 asks for":       {in("argon2id", "m=4096,t=3,p=2", "m=65536,t=3,p=4"), true},
		"argon2id with a key of ours":         {"$argon2id$v=19$m=262144,t=16,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + strings.Repeat("A", 43), false},
		"bcrypt of cost 14":                   {in("bcrypt", "$06$", "$14$"), true},
		"bcrypt of cost 15":                   {in("bcrypt", "$06$", "$15$"), false},
		"PBKDF2 SHA-1 as OWASP asks for":      {in("PBKDF2 SHA-1, passlib", "$1000$", "$1300000$"), true},
		"PBKDF2 SHA-512 as OWASP asks for":    {in("PBKDF2 SHA-512 passlib", "$1000$", "$210000$"), true},
		"PBKDF2 SHA-256, three million":       {in("PBKDF2 SHA-256", "i=1000", "i=3000000"), false},
		"PBKDF2 SHA-1, a key of four hashes":  {"$pbkdf2-sha1$600000$c2FsdHNhbHRzYWx0c2FsdA$" + strings.Repeat("A", 86), false},
		"PBKDF2 SHA-512, a key of one hash":   {"$pbkdf2-sha512$600000$c2FsdHNhbHRzYWx0c2FsdA$" + strings.Repeat("A", 86), true},
		"PBKDF2 SHA-256, as often as it goes": {in("PBKDF2 SHA-256", "i=1000", "i=2147483647"), false},
	} {
		err := CheckHash(c.stored)
		if (err == nil) != c.taken || err != nil && !strings.Contains(err.Error(), "costs too much to check") {
			t.Errorf(`%s: %v, want (err == nil) %v, not (err != nil && !strings.Contains(err.Error(), "costs too much to check"))`, name, err, c.taken)
		}
	}
}

// BenchmarkWork measures the constants from which the work of a hash is
// estimated.
func BenchmarkWork(b *testing.B) {
	for name, stored := range map[string]string{
		"argon2id m=19456,t=2": "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$" + strings.Repeat("A", 43),
		"bcrypt 2^10":          strings.Replace(foreignHashes["bcrypt"], "$06$", "$10$", 1),
		"scrypt 2^17 blocks":   strings.Replace(foreignHashes["scrypt"], "ln=10", "ln=14", 1),
		"PBKDF2 SHA-1 100k":    "$pbkdf2-sha1$100000$c2FsdHNhbHRzYWx0c2FsdA$" + strings.Repeat("A", 26),
		"PBKDF2 SHA-256 100k":  "$pbkdf2-sha256$100000$c2FsdHNhbHRzYWx0c2FsdA$" + strings.Repeat("A", 43),
		"PBKDF2 SHA-512 100k":  "$pbkdf2-sha512$100000$c2FsdHNhbHRzYWx0c2FsdA$" + strings.Repeat("A", 86),
	} {
		matches, err := parseForeign(stored)
		if err != nil {
			b.Fatalf("%s: %v, want no error", name, err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				matches("correct horse battery staple")
			}
		})
	}
}

func FuzzParseForeign(f *testing.F) {
	for _, s := range foreignHashes {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { _ = CheckHash(s) })
}
