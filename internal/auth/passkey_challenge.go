package auth

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"portico"
	"portico/internal/passkey"
	"portico/internal/store"
)

// ceremony is what a challenge is for. An answer counts for nothing else.
type ceremony string

const (
	forAdding       ceremony = "adding"
	forSecondStep   ceremony = "second step"
	forLogin        ceremony = "log-in"
	forConfirmation ceremony = "confirmation"
	forEnabling     ceremony = "enabling"
)

const purposeChallenge = "challenge for a passkey: " // followed by the ceremony

// newChallenge returns a challenge for a ceremony of one session, pending login or
// browser, which bound names. It is the time, sealed: so nobody else makes one, it
// counts nowhere else, and nothing is stored for a page that is never answered.
func (s *Service) newChallenge(what ceremony, bound []byte, now time.Time) ([]byte, error) {
	return s.keys.Seal(binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli())), hex.EncodeToString(bound), purposeChallenge+string(what))
}

// challenge is a challenge of the portal's, for a ceremony of one session, pending
// login or browser. It may have been used.
type challenge struct {
	text []byte
	made time.Time
}

// openChallenge returns the challenge that an answer is for. It returns a Refusal if
// the challenge is not of this ceremony.
func (s *Service) openChallenge(what ceremony, bound, answer []byte) (challenge, error) {
	text, err := passkey.ChallengeOf(answer)
	if err != nil {
		return challenge{}, refusedPasskey(err)
	}
	sealed, err := s.keys.Open(text, hex.EncodeToString(bound), purposeChallenge+string(what))
	if err != nil || len(sealed) != 8 || len(bound) == 0 {
		return challenge{}, refusedPasskey(passkey.ErrChallenge)
	}
	return challenge{text, time.UnixMilli(int64(binary.BigEndian.Uint64(sealed)))}, nil
}

// useChallenge uses up a challenge. The transaction ends before the caller verifies the
// answer, so that a challenge counts once whatever comes of it, and on whichever node.
// It returns false if the challenge was used, or has expired.
func useChallenge(tx *store.Tx, c challenge) (bool, error) {
	ends := c.made.Add(passkey.Timeout)
	if !tx.Now.Before(ends) || c.made.After(tx.Now.Add(clocksDiffer)) {
		return false, nil
	}
	return tx.UseChallenge(store.HashToken(string(c.text)), ends)
}

// takeChallenge is openChallenge and useChallenge, in a transaction of its own. It
// returns a Refusal if the challenge does not count.
func (s *Service) takeChallenge(ctx context.Context, actor portico.Actor, what ceremony, bound, answer []byte) ([]byte, error) {
	c, err := s.openChallenge(what, bound, answer)
	if err != nil {
		return nil, err
	}
	counts, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (bool, error) { return useChallenge(tx, c) })
	if err != nil {
		return nil, err
	}
	if !counts {
		return nil, refusedPasskey(passkey.ErrChallenge)
	}
	return c.text, nil
}

// Texts for people whose passkey proves nothing. What exactly is wrong stands in
// the audit log.
var (
	errPasskeyRefused = portico.E(portico.Invalid, "This passkey was not accepted. Try again, or prove in another way that it is you.")
	errPasskeyCopied  = portico.E(portico.Invalid, "This passkey was not accepted, because it may have been copied. Prove in another way that it is you, and replace this passkey on your Account page.")
)

// refusedPasskey returns the Refusal for an answer of a passkey that proves
// nothing, and other errors as they are.
func refusedPasskey(err error) error {
	var why passkey.Refused
	if !errors.As(err, &why) {
		return err
	}
	told := errPasskeyRefused
	if why == passkey.ErrCloned {
		told = errPasskeyCopied
	}
	return &portico.Refusal{Err: told, Reason: portico.Say(passkeyReason(why))}
}

// refusedUse is refusedPasskey for an answer of a passkey that is known.
func refusedUse(f store.Authenticator, err error) error {
	told := refusedPasskey(err)
	var refused *portico.Refusal
	if errors.Is(err, passkey.ErrCloned) && errors.As(told, &refused) {
		refused.Copied = f.ID
	}
	return told
}

// passkeyReason returns, for the audit log, why an answer of a passkey proves
// nothing.
func passkeyReason(why passkey.Refused) portico.Text {
	switch why {
	case passkey.ErrChallenge:
		return "passkey: the request was answered already, has expired, or is of another browser"
	case passkey.ErrOrigin, passkey.ErrFramed, passkey.ErrRelyingParty:
		return "passkey: used at another address"
	case passkey.ErrOtherUser:
		return "passkey: of another user"
	case passkey.ErrOtherCredential:
		return "passkey: not one of the user's in force"
	case passkey.ErrNotVerified:
		return "passkey: it has not asked for PIN, fingerprint or face"
	case passkey.ErrSignature:
		return "passkey: wrong signature"
	case passkey.ErrCloned:
		return "passkey: its sign count went back, it may have been copied"
	case passkey.ErrBackupEligibility:
		return "passkey: its backup eligibility has changed"
	}
	return "passkey: unusable answer"
}
