package auth

import (
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// reportGuessing records that a password or code is being guessed. If the login
// ID belongs to a user, it notifies that user.
func (s *Service) reportGuessing(tx *store.Tx, g attempt) error {
	if err := audit.Record(tx, guessingEvent(g)); err != nil || g.account.ID == "" {
		return err
	}
	return s.notifyOfGuessing(tx, g)
}

func guessingEvent(g attempt) portico.Event {
	e := portico.Event{CustomerID: portico.ProviderID, Action: portico.CodeGuessing, Actor: portico.System(g.visit.Origin)}
	if g.kind == passwordBucket {
		e.Action = portico.PasswordGuessing
	}
	if g.account.ID == "" {
		e.Details = "unknown login ID"
		return e
	}
	return e.Target(g.account.User)
}

// tellOfCodes notifies the user that codes are being guessed, once for each run of
// failures and once a day. f is the bucket of codes.
func (s *Service) tellOfCodes(tx *store.Tx, g attempt, f store.Failures) error {
	if !guessing(f, time.Time{}, tx.Now) {
		return nil
	}
	note, err := failures(&tx.Reader, toldBucket+"/"+string(g.account.ID), toldBucket, g.account.ID)
	if err != nil || !guessing(f, note.FailedAt, tx.Now) {
		return err
	}
	note.Customer, note.Consecutive, note.FailedAt, note.ExpiresAt = g.account.CustomerID, 1, tx.Now, tx.Now.Add(30*day)
	if err := tx.PutFailures(note); err != nil {
		return err
	}
	return s.reportGuessing(tx, g)
}

// passwordsWait follows a failure after which log-ins with the account's password
// are delayed: unlock links stay valid as long, and the first time one is mailed.
func (s *Service) passwordsWait(tx *store.Tx, g attempt, f store.Failures) error {
	if g.account.ID != "" {
		if err := tx.ExtendLinks(g.account.ID, store.LinkUnlock, tx.Now.Add(portico.UnlockTime)); err != nil {
			return err
		}
	}
	if f.Consecutive != closeConsecutive {
		return nil
	}
	return s.reportGuessing(tx, g)
}

// notifyOfGuessing notifies the user. If codes are being guessed, the attacker
// has the right password. If the password is being guessed, the mail has a link
// with which the user can still log in.
func (s *Service) notifyOfGuessing(tx *store.Tx, g attempt) error {
	if g.kind == codeBucket {
		return s.Notify(tx, mail.CodesGuessed, g.account, portico.System(g.visit.Origin), "")
	}
	return s.mailUnlock(tx, g.account)
}

// mailUnlock queues a mail with a link that makes a device known, unless
// unlockBucket has reached its limit. Earlier links stay valid, so that
// somebody who keeps asking cannot leave the user without one. It queues nothing while
// the user or the customer is suspended, because the link would not work.
func (s *Service) mailUnlock(tx *store.Tx, a store.Account) error {
	a, err := tx.Account(a.ID)
	if err != nil || a.Status != portico.Active || a.Customer.Suspended() {
		return err
	}
	allowed, _, err := linkMailAllowed(tx, unlockBucket+"/"+string(a.ID), unlockBucket, a, store.LinkUnlock)
	if err != nil || !allowed {
		return err
	}
	token, ends, err := tx.IssueLink(store.LinkUnlock, a, portico.UnlockTime)
	if err != nil {
		return err
	}
	d := DataFor(a)
	d.Link, d.Until = s.notices.Link("/unlock/", token), ends
	return s.notices.Queue(tx, mail.PasswordGuessed, a, d)
}

// mailUnlockAgain mails another unlock link if strangers are delaying the
// account's log-ins.
func (s *Service) mailUnlockAgain(tx *store.Tx, a store.Account) error {
	f, err := failures(&tx.Reader, passwordBucket+"/"+string(a.ID), passwordBucket, a.ID)
	if err != nil || f.Consecutive < closeConsecutive {
		return err
	}
	return s.mailUnlock(tx, a)
}
