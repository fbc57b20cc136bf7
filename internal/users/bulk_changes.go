package users

import (
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// changeRoles gives a role to those who do not have it, as Edit does for one user,
// and returns them.
func changeRoles(tx *store.Tx, actor portico.Actor, users []portico.User, to portico.Role) (changed []portico.User, err error) {
	for _, u := range users {
		was := u
		if u.Role = to; u.Role == was.Role {
			continue
		}
		if err := CheckRole(actor, u); err != nil {
			return nil, err
		}
		if err := grantRole(tx, actor, to); err != nil {
			return nil, err
		}
		if err := ChangeRole(tx, actor, was, to); err != nil {
			return nil, err
		}
		if err := tx.SaveProfile(u.CustomerID, u); err != nil {
			return nil, err
		}
		changed = append(changed, u)
	}
	if len(changed) == 0 {
		return nil, portico.FieldError("role", "All of them already have this role.")
	}
	return changed, nil
}

// remindedAgain is how long after a reminder a user can be reminded by hand.
const remindedAgain = 24 * time.Hour

var errNoReminders = portico.E(portico.Invalid, "This portal has no mail server, so it cannot send reminders.")

// mayRemind returns a Conflict error for a user who cannot set up 2FA, has done so
// and needs no passkey besides, or was reminded lately.
func mayRemind(r *store.Reader, a store.Account) error {
	_, passkey := reminds(a, r.Now)
	switch {
	case a.Status != portico.Active:
		return portico.E(portico.Conflict, "Only active users can set up 2FA.")
	case a.TwoFactor == portico.TwoFactorEnabled && !passkey:
		return portico.E(portico.Conflict, "This user has enabled 2FA.")
	}
	reminded, err := r.RemindedAt(a.CustomerID, a.ID)
	if err == nil && reminded.After(r.Now.Add(-remindedAgain)) {
		err = portico.E(portico.Conflict, "A reminder was sent less than 24 hours ago.")
	}
	return err
}

// reminds returns by which day a user needs what a reminder asks for, zero if there is
// none or it has come, and whether that is a passkey.
func reminds(a store.Account, now time.Time) (from time.Time, passkey bool) {
	from, passkey = a.Customer.Policy.Ahead(a.User, now)
	return from, passkey || a.Customer.Policy.LacksPasskey(a.User, now)
}

// withDays returns the data of a reminder with the days by which a user needs 2FA and a
// passkey.
func withDays(d mail.Data, a store.Account, now time.Time) mail.Data {
	p := a.Customer.Policy
	if d.Required, d.Passkey = reminds(a, now); !d.Passkey {
		d.PasskeyFrom = p.PasskeyAhead(a.User, now)
	}
	d.Already = p.TwoFactorRequired(a.User, now) && (d.Required.IsZero() || a.TwoFactor != portico.TwoFactorEnabled)
	return d
}

// remindNow mails a user that 2FA or a passkey is to be set up and, if the policy
// requires it, by which day or that it does already.
func (s *Service) remindNow(tx *store.Tx, actor portico.Actor, a store.Account) error {
	if err := mayRemind(&tx.Reader, a); err != nil {
		return err
	}
	if _, err := tx.Remind(a.CustomerID, a.ID, tx.Now); err != nil {
		return err
	}
	d := withDays(outbox.DataFor(a), a, tx.Now)
	d.By = d.Language.Say(actor.Shown())
	if err := s.outbox.Queue(tx, mail.TwoFactorReminder, a, d); err != nil {
		return err
	}
	return Record(tx, actor, portico.UserReminded, a.User, "")
}
