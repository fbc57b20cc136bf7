package twofactorreset

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"portico"
	"portico/internal/mail"
	"portico/internal/store"
)

// SendVerificationCode mails the target a code, which the caller reads back. It
// replaces an earlier code. It returns a Conflict error if the address was
// changed lately, or if three codes were mailed already.
func (s *Service) SendVerificationCode(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) error {
	code := newCallerCode()
	hash, err := s.auth.HashPassword(ctx, actor, code)
	if err != nil {
		return fmt.Errorf("hashing the code: %w", err)
	}
	_, err = s.update(ctx, actor, func(tx *store.Tx) (store.Reset, error) {
		r, target, err := s.loadOpen(tx, c, id)
		if err != nil {
			return r, err
		}
		if err := mayProve(actor, r); err != nil {
			return r, err
		}
		proven, err := emailPastCoolingOff(&tx.Reader, target)
		if err != nil {
			return r, err
		}
		if !proven {
			return r, portico.E(portico.Conflict, "The email address was changed less than 7 days ago, so an email to it proves nothing. Use another way.")
		}
		r.CallUntil = tx.Now.Add(portico.ResetCallTTL)
		if err := tx.SaveCallCode(c, id, hash, r.CallUntil); err != nil {
			return r, store.NotFound(err, portico.E(portico.Conflict, "Three codes were already emailed for this request. Use another way, or cancel the request."))
		}
		if err := s.notifyTarget(tx, r, target, mail.TwoFactorResetCallCode, spaced(code)); err != nil {
			return r, err
		}
		return r, record(tx, actor, portico.ResetCallMailed, r.ResetRequest, portico.Message{})
	})
	return err
}

// mayProve checks that the actor is the requester and that no proof is recorded
// yet.
func mayProve(actor portico.Actor, r store.Reset) error {
	switch {
	case actor.UserID == "" || actor.UserID != r.Requester.UserID:
		return errNotRequester
	case r.Proof.Kind != "":
		return errNoProof
	}
	return nil
}

// VerifyCallerCode checks the code that the caller has read from the mail. The
// attempt is recorded before the code is compared. It returns an Invalid error if
// the code does not match.
func (s *Service) VerifyCallerCode(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID, typed string) error {
	code, ok := parseCallerCode(typed)
	if !ok {
		return portico.FieldError("call_code", "Enter the 8 digits that the caller reads from the email.")
	}
	hash, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (string, error) {
		r, err := tx.Reset(c, id)
		if err != nil {
			return "", store.NotFound(err, errNoRequest)
		}
		if err := mayProve(actor, r); err != nil {
			return "", err
		}
		if !tx.ProvedReset(r) {
			return "", errClosed
		}
		return r.CallHash, store.NotFound(tx.RecordCallAttempt(c, id), portico.FieldError("call_code", "There is no valid code: it has expired after 10 minutes, or had too many attempts. Email a new one."))
	})
	if err != nil {
		return err
	}
	right, err := s.auth.Matches(ctx, actor, hash, code)
	if err != nil {
		return fmt.Errorf("comparing the code: %w", err)
	}
	if !right {
		return s.recordWrongCode(ctx, actor, c, id)
	}
	return s.prove(ctx, actor, c, id, portico.ResetProof{Kind: portico.ProofMailed}, hash)
}

// recordWrongCode records a wrong code, even if the session has ended meanwhile,
// and returns the Invalid error about it.
func (s *Service) recordWrongCode(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID) error {
	err := s.db.Update(context.WithoutCancel(ctx), portico.System(actor.Origin), func(tx *store.Tx) error {
		r, err := tx.Reset(c, id)
		if err != nil {
			return err
		}
		return record(tx, actor.Unadmitted(), portico.ResetCallRefused, r.ResetRequest, portico.Message{})
	})
	if err != nil {
		return err
	}
	return portico.FieldError("call_code", "This is not the code in the email. Ask the caller to read it again.")
}

// lastDigits is enough of a number to tell which one was called. The whole number is
// not kept in the audit log.
var lastDigits = regexp.MustCompile(`^[0-9]{2,6}$`)

// RecordManualVerification records a check that the portal cannot verify: the
// requester has called back a number on file, or somebody has seen the target.
// text is the end of the number, or who has seen the target.
func (s *Service) RecordManualVerification(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID, kind portico.ProofKind, text string) error {
	text = strings.TrimSpace(text)
	switch kind {
	case portico.ProofCallBack:
		if !lastDigits.MatchString(text) {
			return portico.FieldError("number", "Enter the last 2 to 6 digits of the number on file that you called.")
		}
	case portico.ProofInPerson:
		if !portico.Visible(text) || utf8.RuneCountInString(text) > 100 || !portico.Printable(text) {
			return portico.FieldError("seen_by", "Enter who met the user.")
		}
	default:
		return portico.E(portico.Invalid, "Choose one of the ways on the page.")
	}
	return s.prove(ctx, actor, c, id, portico.ResetProof{Kind: kind, Text: text}, "")
}

// prove records a proof by the requester. callHash is the hash of the code that
// was read back, or "". A code that was replaced meanwhile does not count.
func (s *Service) prove(ctx context.Context, actor portico.Actor, c portico.CustomerID, id portico.ResetID, p portico.ResetProof, callHash string) error {
	if !actor.Can(portico.ResetTwoFactor, c) {
		return portico.ErrForbidden
	}
	err := s.change(ctx, actor, c, id, func(tx *store.Tx, r *store.Reset, _ store.Account) error {
		if err := mayProve(actor, *r); err != nil {
			return err
		}
		if callHash != "" && r.CallHash != callHash {
			return portico.FieldError("call_code", "A newer code was emailed meanwhile. Ask the caller to read that one.")
		}
		return s.recordProof(tx, actor, r, p)
	})
	if err != nil {
		return fmt.Errorf("proving who calls: %w", err)
	}
	return nil
}

// recordProof stores a proof in the request and writes the event.
func (s *Service) recordProof(tx *store.Tx, actor portico.Actor, r *store.Reset, p portico.ResetProof) (err error) {
	p.By, p.Name, p.At = actor.UserID, actor.Name, tx.Now
	if r.ResetRequest, err = r.Prove(p); err != nil {
		return err
	}
	return record(tx, actor, portico.ResetProved, r.ResetRequest, p.Message())
}
