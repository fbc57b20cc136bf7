package password

import (
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // for PBKDF2 hashes from elsewhere, which the first log-in replaces
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"portico"
)

// Bounds of hashes that were made elsewhere: no stored hash may make a log-in
// take minutes or gigabytes.
const (
	maxBcryptCost   = 31
	maxPBKDF2Rounds = 1 << 31
	maxScryptMemory = maxMemoryKiB << 10 // 128 * N * r bytes
)

// The work of a hash is estimated in nanoseconds on one core of a server. The
// estimates need not be exact, because they only serve to compare hashes.
// BenchmarkWork measures them.
const (
	workArgon2     = 800    // per KiB and pass
	workBcrypt     = 50_000 // per round, of which there are 2^cost
	workScrypt     = 375    // per block, of which there are N*r*p
	workPBKDF2     = 500    // per round and block of the key
	maxWork        = 1_000_000_000
	workOfDefaults = 19456 * 2 * workArgon2
)

// errTooCostly is returned for a hash that would take too long to compute.
var errTooCostly = fmt.Errorf("this hash would take as long as more than %d of the portal's own", maxWork/workOfDefaults)

// boundWork returns errTooCostly if the product of the factors exceeds maxWork.
func boundWork(factors ...int) error {
	work := 1
	for _, f := range factors {
		if f > maxWork/work {
			return errTooCostly
		}
		work *= max(1, f)
	}
	return nil
}

// matcher reports whether a password, exactly as typed, matches one stored
// hash.
type matcher func(password string) bool

// parseForeign parses a hash that another program has made: argon2i and
// argon2id with their own parameters, scrypt and PBKDF2 as PHC strings (also as
// Python's passlib writes them), and bcrypt. Login replaces each of them with a
// hash of our own when the user first logs in. parseForeign returns errPHC if
// the hash cannot be parsed, and errTooCostly if it asks for too much work.
func parseForeign(s string) (matcher, error) {
	parts := strings.Split(s, "$")
	if len(parts) < 4 || parts[0] != "" || len(s) > 400 {
		return nil, errPHC
	}
	switch name := parts[1]; name {
	case "2a", "2b", "2y":
		return parseBcrypt(s)
	case "argon2i", "argon2id":
		return parseArgon2(name, parts[2:])
	case "scrypt":
		return parseScrypt(parts[2:])
	case "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512", "pbkdf2":
		return parsePBKDF2(name, parts[2:])
	}
	return nil, errPHC
}

// CheckHash returns nil if s is a hash that an import may store. Otherwise it
// returns an Invalid error that tells the user why: the hash cannot be parsed,
// or computing it would keep other log-ins waiting.
func CheckHash(s string) error {
	h, err := parsePHC(s)
	if err == nil {
		err = h.params.boundWork()
	} else {
		_, err = parseForeign(s)
	}
	switch {
	case errors.Is(err, errTooCostly):
		return portico.E(portico.Invalid,
			"This password_hash costs too much to check: more than {0} of the portal's own. Leave it empty, so that the user chooses a password.", maxWork/workOfDefaults)
	case err != nil:
		return portico.E(portico.Invalid, "This password_hash cannot be read. Give argon2, scrypt, PBKDF2 or bcrypt, or leave it empty.")
	}
	return nil
}

func (p Params) boundWork() error { return boundWork(int(p.MemoryKiB), int(p.Time), workArgon2) }

func parseBcrypt(s string) (matcher, error) {
	cost, err := bcrypt.Cost([]byte(s))
	if err != nil || cost > maxBcryptCost || len(s) != 60 {
		return nil, errPHC
	}
	if err := boundWork(1<<cost, workBcrypt); err != nil {
		return nil, err
	}
	return func(password string) bool {
		return bcrypt.CompareHashAndPassword([]byte(s), []byte(password)) == nil
	}, nil
}

// saltAndKey decodes the salt and the key, which are the last two parts of a
// PHC string.
func saltAndKey(salt, key string) (s, k []byte, err error) {
	// passlib writes "." in place of "+".
	decode := func(text string) ([]byte, error) {
		return base64.RawStdEncoding.DecodeString(strings.ReplaceAll(strings.TrimRight(text, "="), ".", "+"))
	}
	if s, err = decode(salt); err != nil || len(s) < 8 {
		return nil, nil, errPHC
	}
	if k, err = decode(key); err != nil || len(s) > 64 || len(k) < 16 || len(k) > 64 {
		return nil, nil, errPHC
	}
	return s, k, nil
}

// numbers parses parameters such as m=65536,t=3,p=4, in any order. All of them
// are required, and each must be at least 1.
func numbers(s string, names ...string) ([]int, error) {
	out := make([]int, len(names))
	given := strings.Split(s, ",")
	if len(given) != len(names) {
		return nil, errPHC
	}
	for i, name := range names {
		for _, pair := range given {
			if text, is := strings.CutPrefix(pair, name+"="); is {
				n, err := strconv.ParseUint(text, 10, 31)
				if err != nil || n == 0 {
					return nil, errPHC
				}
				out[i] = int(n)
			}
		}
		if out[i] == 0 {
			return nil, errPHC
		}
	}
	return out, nil
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

func parseArgon2(name string, parts []string) (matcher, error) {
	if len(parts) != 4 || parts[0] != "v="+strconv.Itoa(argon2.Version) {
		return nil, errPHC
	}
	n, err := numbers(parts[1], "m", "t", "p")
	if err != nil || n[2] > maxParallelism {
		return nil, errPHC
	}
	p := Params{MemoryKiB: uint32(n[0]), Time: uint32(n[1]), Parallelism: uint8(n[2])}
	if p.Validate() != nil {
		return nil, errPHC
	}
	if err := p.boundWork(); err != nil {
		return nil, err
	}
	salt, key, err := saltAndKey(parts[2], parts[3])
	if err != nil {
		return nil, err
	}
	f := argon2.IDKey
	if name == "argon2i" {
		f = argon2.Key
	}
	return func(password string) bool {
		return equal(f([]byte(password), salt, p.Time, p.MemoryKiB, p.Parallelism, uint32(len(key))), key)
	}, nil
}

func parseScrypt(parts []string) (matcher, error) {
	if len(parts) != 3 {
		return nil, errPHC
	}
	n, err := numbers(parts[0], "ln", "r", "p")
	if err != nil || n[0] > 20 || n[1] > 64 || n[2] > maxParallelism || 128*(1<<n[0])*n[1] > maxScryptMemory {
		return nil, errPHC
	}
	if err := boundWork(1<<n[0], n[1], n[2], workScrypt); err != nil {
		return nil, err
	}
	salt, key, err := saltAndKey(parts[1], parts[2])
	if err != nil {
		return nil, err
	}
	return func(password string) bool {
		got, err := scrypt.Key([]byte(password), salt, 1<<n[0], n[1], n[2], len(key))
		return err == nil && equal(got, key)
	}, nil
}

func parsePBKDF2(name string, parts []string) (matcher, error) {
	digests := map[string]func() hash.Hash{
		"pbkdf2": sha1.New, "pbkdf2-sha1": sha1.New, "pbkdf2-sha256": sha256.New, "pbkdf2-sha512": sha512.New,
	}
	if len(parts) != 3 {
		return nil, errPHC
	}
	rounds, err := strconv.Atoi(strings.TrimPrefix(parts[0], "i="))
	if err != nil || rounds < 1 || rounds > maxPBKDF2Rounds {
		return nil, errPHC
	}
	salt, key, err := saltAndKey(parts[1], parts[2])
	if err != nil {
		return nil, err
	}
	blocks := (len(key)-1)/digests[name]().Size() + 1
	if err := boundWork(rounds, blocks, workPBKDF2); err != nil {
		return nil, err
	}
	return func(password string) bool {
		got, err := pbkdf2.Key(digests[name], password, salt, rounds, len(key))
		return err == nil && equal(got, key)
	}, nil
}
