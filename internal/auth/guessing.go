package auth

import (
	"context"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// guessingEvent returns the event of an action for whom an attempt was made.
func guessingEvent(tried attempt, action portico.Action) portico.Event {
	e := portico.Event{CustomerID: portico.ProviderID, Action: action, Actor: portico.System(tried.visit.Origin)}
	if tried.account.ID == "" {
		e.Told = portico.Say(portico.UnknownLoginID)
		return e
	}
	return e.Target(tried.account.User)
}

// notifyOfCodes notifies the user that codes are being guessed, once for each run of
// failures and once a day, and records it. f is the bucket of codes. Where all the
// failures were passkeys by themselves, it says so: nobody has shown the password.
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
	alone, err := failures(&tx.Reader, passkeyBucket+"/"+string(tried.account.ID), passkeyBucket, tried.account.ID)
	if err != nil {
		return err
	}
	kind, action := mail.CodesGuessed, portico.CodeGuessing
	if since := guessedSince(f, tried.charge, tx.Now); failuresSince(f, since) == failuresSince(alone, since) {
		kind, action = mail.PasskeyRefused, portico.PasskeyGuessing
	}
	if err := audit.Record(tx, guessingEvent(tried, action)); err != nil {
		return err
	}
	return s.Notify(tx, kind, tried.account, portico.System(tried.visit.Origin), "")
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
	if err := audit.Record(tx, guessingEvent(tried, portico.PasswordGuessing)); err != nil || tried.account.ID == "" {
		return err
	}
	return s.mailUnlock(tx, tried.account) // with a link with which the user can still log in
}

// GuessedAt returns the time of the latest wrong code if at least
// guessingConsecutive codes of the session's user were wrong within a day. Those
// codes came from people who know the password; passkeys by themselves do not
// count. Otherwise it returns the zero time.
func (s *Service) GuessedAt(ctx context.Context, ses *Session) (time.Time, error) {
	r := s.db.Read(ctx)
	f, err := failures(r, codeBucket+"/"+string(ses.User.ID), codeBucket, ses.User.ID)
	if err != nil || len(f.Recent) == 0 {
		return time.Time{}, err
	}
	alone, err := failures(r, passkeyBucket+"/"+string(ses.User.ID), passkeyBucket, ses.User.ID)
	if err != nil {
		return time.Time{}, err
	}
	charge, err := codeCharge(r, ses.User.ID)
	if f = without(f, alone); err != nil || (limit{within: day}).count(f, r.Now) < guessingConsecutive*charge {
		return time.Time{}, err
	}
	return f.Recent[len(f.Recent)-1], nil
}
