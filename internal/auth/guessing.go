package auth

import (
	"context"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// reportGuessing records that a password or code is being guessed. If the login
// ID belongs to a user, it notifies that user.
func (s *Service) reportGuessing(tx *store.Tx, tried attempt) error {
	if err := audit.Record(tx, guessingEvent(tried)); err != nil || tried.account.ID == "" {
		return err
	}
	return s.notifyOfPasswords(tx, tried)
}

func guessingEvent(tried attempt) portico.Event {
	e := portico.Event{CustomerID: portico.ProviderID, Action: portico.CodeGuessing, Actor: portico.System(tried.visit.Origin)}
	if tried.kind == passwordBucket {
		e.Action = portico.PasswordGuessing
	}
	if tried.account.ID == "" {
		e.Told = portico.Say(portico.UnknownLoginID)
		return e
	}
	return e.Target(tried.account.User)
}

// notifyOfCodes notifies the user that codes are being guessed, once for each run of
// failures and once a day. f is the bucket of codes.
func (s *Service) notifyOfCodes(tx *store.Tx, tried attempt, f store.Failures) error {
	if !guessing(f, tried.charge, time.Time{}, tx.Now) {
		return nil
	}
	note, err := failures(&tx.Reader, notifiedBucket+"/"+string(tried.account.ID), notifiedBucket, tried.account.ID)
	if err != nil || !guessing(f, tried.charge, note.FailedAt, tx.Now) {
		return err
	}
	note.Customer, note.Consecutive, note.FailedAt, note.ExpiresAt = tried.account.CustomerID, 1, tx.Now, tx.Now.Add(30*day)
	if err := tx.PutFailures(note); err != nil {
		return err
	}
	return s.reportGuessing(tx, tried)
}

// passwordsWait follows a failure after which log-ins with the account's password
// are delayed: unlock links stay valid as long, and the first time one is mailed.
func (s *Service) passwordsWait(tx *store.Tx, tried attempt, f store.Failures) error {
	if tried.account.ID != "" {
		if err := tx.ExtendLinks(tried.account.ID, store.LinkUnlock, tx.Now.Add(portico.UnlockLinkTTL)); err != nil {
			return err
		}
	}
	if f.Consecutive != closeConsecutive {
		return nil
	}
	return s.reportGuessing(tx, tried)
}

// notifyOfPasswords notifies the user. If codes are being guessed, the attacker
// has the right password. If the password is being guessed, the mail has a link
// with which the user can still log in.
func (s *Service) notifyOfPasswords(tx *store.Tx, tried attempt) error {
	if tried.kind == codeBucket {
		return s.Notify(tx, mail.CodesGuessed, tried.account, portico.System(tried.visit.Origin), "")
	}
	return s.mailUnlock(tx, tried.account)
}

// GuessedAt returns the time of the latest wrong code if at least
// guessingConsecutive codes of the session's user were wrong within a day. Those
// codes came from people who know the password. Otherwise it returns the zero
// time.
func (s *Service) GuessedAt(ctx context.Context, ses *Session) (time.Time, error) {
	r := s.db.Read(ctx)
	f, err := failures(r, codeBucket+"/"+string(ses.User.ID), codeBucket, ses.User.ID)
	if err != nil || len(f.Recent) == 0 {
		return time.Time{}, err
	}
	charge, err := codeCharge(r, ses.User.ID)
	if err != nil || (limit{within: day}).count(f, r.Now) < guessingConsecutive*charge {
		return time.Time{}, err
	}
	return f.Recent[len(f.Recent)-1], nil
}
