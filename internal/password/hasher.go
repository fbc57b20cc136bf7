// Package password owns passwords: how they are hashed and in which order, which
// hashes of other systems are accepted, and which passwords are refused.
//
// It does not own whose password it is, where the hash is stored, or how often
// somebody may try (package auth).
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Params are the parameters of argon2id (RFC 9106).
type Params struct {
	MemoryKiB   uint32
	Time        uint32
	Parallelism uint8
}

// Bounds of the parameters, for ours and for those in a stored hash: a row that
// asks for gigabytes must not get them.
const (
	maxMemoryKiB   = 256 << 10
	maxTime        = 16
	maxParallelism = 16
	saltSize       = 16
	keySize        = 32
)

// Validate returns an error if argon2 does not accept the parameters, or if
// they ask too much of a machine. In production, use at least 19456 KiB, 2
// passes and 1 lane (OWASP Password Storage Cheat Sheet). Smaller values are
// for tests.
func (p Params) Validate() error {
	switch {
	case p.Parallelism < 1 || p.Parallelism > maxParallelism:
		return fmt.Errorf("a password hash has 1 to %d lanes, not %d", maxParallelism, p.Parallelism)
	case p.MemoryKiB < 8*uint32(p.Parallelism) || p.MemoryKiB > maxMemoryKiB:
		return fmt.Errorf("a password hash takes %d to %d KiB of memory, not %d", 8*p.Parallelism, maxMemoryKiB, p.MemoryKiB)
	case p.Time < 1 || p.Time > maxTime:
		return fmt.Errorf("a password hash takes 1 to %d passes, not %d", maxTime, p.Time)
	}
	return nil
}

// Hasher hashes passwords, a limited number at a time.
type Hasher struct {
	params  Params
	queue   *hashQueue
	workers *workers // nil: this process computes the hashes
	dummy   phc      // no password matches it; stands in for a missing hash
}

// NewHasher returns a Hasher. params must be valid.
func NewHasher(params Params, l Limits) *Hasher {
	return &Hasher{params: params, queue: newHashQueue(l), dummy: phc{params, make([]byte, saltSize), make([]byte, keySize)}}
}

// Hash returns the hash of a password as a PHC string. Passwords may have any
// length, and every character counts. It returns Busy if too many hashes are
// waiting.
func (h *Hasher) Hash(ctx context.Context, t Turn, password string) (string, error) {
	release, err := h.Acquire(ctx, t)
	if err != nil {
		return "", err
	}
	defer release()
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails: the program is terminated instead
	return phc{h.params, salt, h.derive(password, h.params, salt, keySize)}.String(), nil
}

// Acquire waits for a slot and returns the function that releases it, for work
// that costs as much as a hash. It returns Busy if too many hashes are waiting.
func (h *Hasher) Acquire(ctx context.Context, t Turn) (release func(), err error) {
	return h.queue.take(ctx, t)
}

// Load returns how many passwords are being hashed, how many are waiting to be
// hashed, and how many may be hashed at a time now.
func (h *Hasher) Load() (working, waiting, bound int) { return h.queue.load() }

// PageAsked tells the Hasher that something other than a hash was asked for at
// a time. For a moment it leaves a core to such requests. It costs one atomic
// store.
func (h *Hasher) PageAsked(at time.Time) { h.queue.page.Store(at.UnixNano()) }

// Key returns the key that a secret has with the parameters and salt of a PHC
// string. It returns an error if the string cannot be parsed, and Busy if too
// many hashes are waiting.
func (h *Hasher) Key(ctx context.Context, t Turn, like, secret string) ([]byte, error) {
	how, err := parsePHC(like)
	if err != nil {
		return nil, err
	}
	release, err := h.Acquire(ctx, t)
	if err != nil {
		return nil, err
	}
	defer release()
	return h.derive(secret, how.params, how.salt, keySize), nil
}

func (h *Hasher) derive(password string, p Params, salt []byte, size uint32) []byte {
	return h.compute(task{Entered: norm.NFC.Bytes([]byte(password)), Params: p, Salt: salt, Size: size}).Key
}

// Verdict is the result of checking a password. The zero value is
// Wrong.
type Verdict int

const (
	Wrong Verdict = iota
	Right
	RightStale // right, but not hashed with today's parameters
)

// Verify compares a password with a stored hash. It returns Wrong at
// the same cost if stored is empty, which means that there is no password or no
// such account, and if the hash was made elsewhere and asks for too much work.
// In the latter case the user must choose a new password by mail. Verify
// returns an error if stored cannot be parsed, and Busy if too many hashes are
// waiting.
func (h *Hasher) Verify(ctx context.Context, t Turn, stored, password string) (Verdict, error) {
	want, foreign := h.dummy, false
	if stored != "" {
		var err error
		if want, err = parsePHC(stored); err != nil {
			switch _, err := parseForeign(stored); {
			case errors.Is(err, errTooCostly): // imported before the bound was introduced
				stored, want = "", h.dummy
			case err != nil:
				return Wrong, err
			default:
				foreign = true
			}
		}
	}
	if len(password) > 4*maxPasswordBytes {
		// No password is that long, and normalising it takes time.
		password, stored, want, foreign = password[:4*maxPasswordBytes], "", h.dummy, false
	}
	release, err := h.Acquire(ctx, t)
	if err != nil {
		return Wrong, err
	}
	defer release()
	if foreign {
		if h.compute(task{Entered: []byte(password), Foreign: stored}).Matches {
			return RightStale, nil
		}
		return Wrong, nil
	}
	got := h.derive(password, want.params, want.salt, uint32(len(want.key)))
	switch {
	case subtle.ConstantTimeCompare(got, want.key) != 1 || stored == "":
		return Wrong, nil
	case want.params != h.params:
		return RightStale, nil
	}
	return Right, nil
}

// phc is a stored hash: $argon2id$v=19$m=19456,t=2,p=1$salt$key, in the PHC
// string format.
type phc struct {
	params Params
	salt   []byte
	key    []byte
}

var b64 = base64.RawStdEncoding.Strict()

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.MemoryKiB, h.params.Time, h.params.Parallelism, b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

var errPHC = errors.New("a stored password hash cannot be read, or asks for more than the portal gives")

// parsePHC parses what String returns, and checks the parameters against the
// bounds before they are used. It returns errPHC for anything else.
func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return phc{}, errPHC
	}
	var h phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.params.MemoryKiB, &h.params.Time, &h.params.Parallelism); err != nil || n != 3 {
		return phc{}, errPHC
	}
	var err error
	if h.salt, err = b64.DecodeString(parts[4]); err != nil {
		return phc{}, errPHC
	}
	if h.key, err = b64.DecodeString(parts[5]); err != nil {
		return phc{}, errPHC
	}
	if h.params.Validate() != nil || len(h.salt) < 8 || len(h.salt) > 64 || len(h.key) < 16 || len(h.key) > 64 || h.String() != s {
		return phc{}, errPHC
	}
	return h, nil
}
