package auth

import (
	"portico"
	"portico/internal/audit"
	"portico/internal/mail"
	"portico/internal/store"
)

// reportGuessing records that somebody guesses, and tells the person if the
// login ID is anybody's.
func (s *Service) reportGuessing(tx *store.Tx, g guess) error {
	if err := audit.Record(tx, guessingEvent(g)); err != nil || g.account.ID == "" {
		return err
	}
	return s.tellOfGuessing(tx, g)
}

func guessingEvent(g guess) portico.Event {
	e := portico.Event{CustomerID: portico.ProviderID, Action: portico.FactorGuessing, Actor: portico.System(g.visit.Origin)}
	if g.kind == passwordBucket {
		e.Action = portico.PasswordGuessing
	}
	if g.account.ID == "" {
		e.Details = "unknown login ID"
		return e
	}
	return e.Target(g.account.User)
}

// tellOfGuessing mails the person that somebody guesses: at the codes, with
// the right password; or at the password, with a link that lets the person in
// all the same.
func (s *Service) tellOfGuessing(tx *store.Tx, g guess) error {
	if g.kind == codeBucket {
		return s.Tell(tx, mail.CodesGuessed, g.account, portico.System(g.visit.Origin), "")
	}
	return s.mailUnlock(tx, g.account)
}

// mailUnlock queues a link that makes a browser known, a few times a day at
// most. Earlier ones go on to hold, so that nobody who asks again and again
// leaves the person without one.
func (s *Service) mailUnlock(tx *store.Tx, a store.Account) error {
	f, err := failures(&tx.Reader, unlockBucket+"/"+string(a.ID), unlockBucket, a.ID)
	if err != nil || waitFor(f, tx.Now, 1) > 0 {
		return err
	}
	if err := tx.PutFailures(fail(f, tx.Now)); err != nil {
		return err
	}
	token, ends, err := IssueLink(tx, store.LinkUnlock, a, portico.UnlockTime)
	if err != nil {
		return err
	}
	d := DataFor(a)
	d.Link, d.Until = s.notices.Link("/unlock/", token), ends
	return s.notices.Queue(tx, mail.PasswordGuessed, a, d)
}

// mailUnlockAgain mails another such link while strangers keep the account's
// passwords waiting.
func (s *Service) mailUnlockAgain(tx *store.Tx, a store.Account) error {
	f, err := failures(&tx.Reader, passwordBucket+"/"+string(a.ID), passwordBucket, a.ID)
	if err != nil || f.InARow < closeInARow {
		return err
	}
	return s.mailUnlock(tx, a)
}
