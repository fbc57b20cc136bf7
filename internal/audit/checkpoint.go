package audit

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"portico"
)

// Checkpoint is what a log was at one moment. Signed, it is a note whose text
// begins as C2SP's tlog-checkpoint has it, with two lines more, or four.
type Checkpoint struct {
	Customer portico.CustomerID
	Size     int64     // events in the log
	Root     tlog.Hash // of the tree of all of them
	At       time.Time // when it was signed
	Kept     int64     // events before this number, counted from 0, were deleted by retention
	Began    time.Time // when the portal began this log, or first signed it like this; zero in an older form
	Attested int64     // the first number, counted from 0, from which on the portal attests events
	Signed   string    // the whole note
}

// originPrefix and the customer's id name a log.
const originPrefix = "portico/audit/"

// keyName stands in every signature.
const keyName = "portico-audit"

func (c Checkpoint) text() string {
	text := fmt.Sprintf("%s%s\n%d\n%s\nsigned %s\nfirst kept %d\n", originPrefix, c.Customer, c.Size,
		base64.StdEncoding.EncodeToString(c.Root[:]), c.At.UTC().Format(time.RFC3339), c.Kept+1)
	if c.Began.IsZero() {
		return text
	}
	return text + fmt.Sprintf("began %s\nattested from %d\n", c.Began.UTC().Format(time.RFC3339), c.Attested+1)
}

var errNoCheckpoint = errors.New("this is no checkpoint of an audit log")

// parse reads the text of a checkpoint.
func parse(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 && len(lines) != 8 || !strings.HasPrefix(lines[0], originPrefix) || lines[len(lines)-1] != "" {
		return c, errNoCheckpoint
	}
	c.Customer = portico.CustomerID(strings.TrimPrefix(lines[0], originPrefix))
	c.Size, err = strconv.ParseInt(lines[1], 10, 64)
	var errs [5]error
	c.Root, errs[0] = tlog.ParseHash(lines[2])
	c.At, errs[1] = time.Parse("signed "+time.RFC3339, lines[3])
	_, errs[2] = fmt.Sscanf(lines[4], "first kept %d", &c.Kept)
	c.Kept--
	if len(lines) == 8 {
		c.Began, errs[3] = time.Parse("began "+time.RFC3339, lines[5])
		_, errs[4] = fmt.Sscanf(lines[6], "attested from %d", &c.Attested)
		c.Attested--
	}
	if errors.Join(append(errs[:], err)...) != nil || c.Kept < 0 || c.Size < c.Kept || c.Attested < 0 || c.text() != text {
		return c, errNoCheckpoint
	}
	return c, nil
}

// open reads a signed checkpoint; it fails when none of the keys has signed it.
func open(signed string, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open([]byte(signed), known)
	var other *note.UnverifiedNoteError
	switch {
	case errors.As(err, &other):
		return Checkpoint{}, errors.New("the checkpoint is not signed with the key that was given")
	case err != nil:
		return Checkpoint{}, fmt.Errorf("the checkpoint is damaged: %w", err)
	}
	c, err := parse(n.Text)
	c.Signed = signed
	return c, err
}

// find takes a signed checkpoint out of a text, such as the mail that it came
// with, also as that is sent (quoted-printable).
func find(text string) (string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, text := range []string{text, unquote(text)} {
		var found []string
		for line := range strings.SplitSeq(text, "\n") {
			line = strings.TrimSpace(strings.TrimPrefix(line, ">"))
			if strings.HasPrefix(line, originPrefix) {
				found = nil
			} else if found == nil {
				continue
			}
			found = append(found, line)
			if strings.HasPrefix(line, "— "+keyName+" ") {
				return strings.Join(found, "\n") + "\n", nil
			}
		}
	}
	return "", errNoCheckpoint
}

var quoted = regexp.MustCompile(`=(?:\n|[0-9A-F]{2})`)

// unquote takes quoted-printable back, wherever it stands in a text.
func unquote(text string) string {
	return quoted.ReplaceAllStringFunc(text, func(s string) string {
		b, err := hex.DecodeString(s[1:])
		if err != nil {
			return "" // the end of a line that goes on
		}
		return string(b)
	})
}

// key signs checkpoints and attests events. Both come from one secret of the
// portal.
type key struct {
	signer    note.Signer
	verifier  note.Verifier
	public    string
	attesting []byte
	together  []byte // of the sum over all logs
	rows      []byte // of what the portal acts on later
}

func keyFrom(secret []byte) (*key, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "portico audit log: signing checkpoints", ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of the audit log: %w", err)
	}
	k := &key{}
	if k.attesting, err = hkdf.Key(sha256.New, secret, nil, "portico audit log: attesting events", sha256.Size); err != nil {
		return nil, fmt.Errorf("deriving the key of the audit log: %w", err)
	}
	if k.together, err = hkdf.Key(sha256.New, secret, nil, "portico audit log: all logs together", sha256.Size); err != nil {
		return nil, fmt.Errorf("deriving the key of the audit log: %w", err)
	}
	if k.rows, err = hkdf.Key(sha256.New, secret, nil, "portico audit log: proving rows", sha256.Size); err != nil {
		return nil, fmt.Errorf("deriving the key of the audit log: %w", err)
	}
	public, ok := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("deriving the key of the audit log")
	}
	if k.public, err = note.NewEd25519VerifierKey(keyName, public); err == nil {
		k.verifier, err = note.NewVerifier(k.public)
	}
	if err == nil {
		const ed25519Note = 1 // the algorithm's number in a note's key
		k.signer, err = note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", keyName, k.verifier.KeyHash(),
			base64.StdEncoding.EncodeToString(append([]byte{ed25519Note}, seed...))))
	}
	if err != nil {
		return nil, fmt.Errorf("making the key of the audit log: %w", err)
	}
	return k, nil
}

// sign signs a checkpoint.
func (k *key) sign(c Checkpoint) (Checkpoint, error) {
	signed, err := note.Sign(&note.Note{Text: c.text()}, k.signer)
	if err != nil {
		return c, fmt.Errorf("signing the checkpoint: %w", err)
	}
	c.Signed = string(signed)
	return c, nil
}
