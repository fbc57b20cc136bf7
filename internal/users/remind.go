package users

import (
	"context"
	"fmt"

	"portico"
	"portico/internal/mail"
	"portico/internal/outbox"
	"portico/internal/store"
)

// remindBatch is how many users are reminded in one transaction.
const remindBatch = 20

// Remind mails everybody who lacks 2FA or a passkey and will need it soon: once
// within portico.FirstReminder before that day, and once more within
// portico.SecondReminder. Several programs may run it at the same time.
func (s *Service) Remind(ctx context.Context) error {
	provider, err := s.db.Read(ctx).Customer(portico.ProviderID)
	if err != nil {
		return fmt.Errorf("reminding: %w", err)
	}
	const batch = 500
	for customers, from := []portico.Customer{provider}, (store.CustomerCursor{}); len(customers) > 0; {
		for _, c := range customers {
			if err := s.remindIn(ctx, c); err != nil {
				return fmt.Errorf("reminding people of %s: %w", c.Slug, err)
			}
		}
		if customers, err = s.db.Read(ctx).Customers("", from, batch); err != nil {
			return fmt.Errorf("reminding: %w", err)
		}
		if len(customers) > 0 {
			from = store.CursorAfter(customers[len(customers)-1])
		}
	}
	return nil
}

// remindIn reminds the users of one customer who will need 2FA or a passkey soon: by
// role, those without 2FA and then those with 2FA, and those whose exemption ends soon.
func (s *Service) remindIn(ctx context.Context, c portico.Customer) error {
	requires := false
	for _, role := range portico.Roles(c.ID) {
		requires = requires || !c.Policy.RequiredFrom(portico.User{Role: role}).IsZero()
		for _, whom := range []portico.User{{Role: role}, {Role: role, TwoFactor: portico.TwoFactorEnabled}} {
			since := c.Policy.Reminder(whom, s.outbox.Now())
			if since.IsZero() {
				continue
			}
			err := s.remindAll(ctx, c.ID, func(r *store.Reader, after portico.UserID) ([]portico.User, error) {
				return r.ToRemind(c.ID, whom, since, after, remindBatch)
			})
			if err != nil {
				return err
			}
		}
	}
	if !requires {
		return nil
	}
	return s.remindAll(ctx, c.ID, func(r *store.Reader, after portico.UserID) ([]portico.User, error) {
		return r.ExemptToRemind(c.ID, r.Now.Add(portico.FirstReminder), after, remindBatch)
	})
}

// remindAll reminds the users that next returns, until it returns nobody. next
// gets the last user of the batch before, or "".
func (s *Service) remindAll(ctx context.Context, c portico.CustomerID, next func(r *store.Reader, after portico.UserID) ([]portico.User, error)) error {
	for after := portico.UserID(""); ; {
		users, err := next(s.db.Read(ctx), after)
		if err != nil || len(users) == 0 {
			return err
		}
		if err := s.remind(ctx, c, users); err != nil {
			return err
		}
		after = users[len(users)-1].ID
	}
}

// remind records who is reminded now, and queues their mails.
func (s *Service) remind(ctx context.Context, c portico.CustomerID, users []portico.User) error {
	return s.db.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
		for _, u := range users {
			a, err := tx.Account(u.ID)
			if err != nil {
				return err
			}
			since := a.Customer.Policy.Reminder(a.User, tx.Now)
			if since.IsZero() || a.Status != portico.Active || a.Customer.Suspended() {
				continue
			}
			first, err := tx.Remind(c, u.ID, since)
			if err != nil {
				return err
			}
			if !first {
				continue
			}
			d := withDays(outbox.DataFor(a), a, tx.Now)
			d.Days = portico.DaysLeft(d.Required, tx.Now)
			if err := s.outbox.QueueBulk(tx, mail.TwoFactorAhead, a, d); err != nil {
				return err
			}
		}
		return nil
	})
}
