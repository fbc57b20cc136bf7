package auth

import (
	"portico"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// notifyOfCopy notifies a user that a passkey may have been copied, at most once a day
// for each: who has the copy may use it as often as they like.
func (s *Service) notifyOfCopy(tx *store.Tx, tried attempt, actor portico.Actor) error {
	a := tried.account
	found, err := tx.Authenticators(a.ID)
	if err != nil {
		return err
	}
	i := store.AuthenticatorIndex(found, tried.copied)
	if i < 0 { // deleted since
		return nil
	}
	note, err := failures(&tx.Reader, copiedBucket+"/"+tried.copied, copiedBucket, a.ID)
	if err != nil || note.FailedAt.After(tx.Now.Add(-day)) && !note.FailedAt.After(tx.Now) { // or the clock was ahead
		return err
	}
	note.Customer, note.Consecutive, note.FailedAt, note.ExpiresAt = a.CustomerID, 1, tx.Now, tx.Now.Add(day)
	if err := tx.PutFailures(note); err != nil {
		return err
	}
	d := outbox.DataFor(a)
	d.Named, d.Only = d.Language.Say(found[i].Shown().Shown()), len(found) == 1
	return s.NotifyWith(tx, mail.PasskeyCopied, a, actor, d)
}
