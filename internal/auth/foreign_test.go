package auth

import (
	"context"
	"strings"
	"testing"
)

// foreignHashes are of "correct horse battery staple", made with Debian's
// argon2 and htpasswd and with Python's hashlib.
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
	h := NewHasher(quick, 1, 1)
	for name, stored := range foreignHashes {
		if err := CheckHash(stored); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
		if v, err := h.Verify(context.Background(), stored, "correct horse battery staple"); err != nil || v != PasswordRightStale {
			t.Errorf("%s, right password: %v %v", name, v, err)
		}
		for _, wrong := range []string{"", "correct horse battery staplE", "correct horse battery staple "} {
			if v, err := h.Verify(context.Background(), stored, wrong); err != nil || v != PasswordWrong {
				t.Errorf("%s, %q: %v %v", name, wrong, v, err)
			}
		}
	}
}

func TestC02_ForeignHashesAreBounded(t *testing.T) {
	h := NewHasher(quick, 1, 1)
	in := func(name, from, to string) string { return strings.Replace(foreignHashes[name], from, to, 1) }
	for name, stored := range map[string]string{
		"argon2d":                "$argon2d$v=19$m=4096,t=3,p=2$c29tZXNhbHRzYWx0$n6ROt3OGpZmMSn6R5RO+wyuqKNAGpD2r",
		"argon2i of 4 GiB":       in("argon2i", "m=4096", "m=4194304"),
		"argon2i of 1000 passes": in("argon2i", "t=3", "t=1000"),
		"bcrypt of cost 31":      in("bcrypt", "$06$", "$31$"),
		"bcrypt cut":             foreignHashes["bcrypt"][:50],
		"scrypt of 1 TiB":        in("scrypt", "ln=10", "ln=30"),
		"scrypt wide":            in("scrypt", "r=8", "r=4096"),
		"PBKDF2 for ever":        in("PBKDF2 SHA-256", "i=1000", "i=2000000000"),
		"PBKDF2 backwards":       in("PBKDF2 SHA-256", "i=1000", "i=-1"),
		"short key":              "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA$31lt",
		"MD5":                    "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
		"empty":                  "$$$$",
	} {
		if err := CheckHash(stored); err == nil {
			t.Errorf("%s is taken", name)
		}
		if v, err := h.Verify(context.Background(), stored, "correct horse battery staple"); err == nil || v != PasswordWrong {
			t.Errorf("%s: %v %v", name, v, err)
		}
	}
}

func FuzzParseForeign(f *testing.F) {
	for _, s := range foreignHashes {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { _ = CheckHash(s) })
}
