package auth

import (
	"context"
	"slices"

	"portico"
	"portico/internal/store"
)

// errLinkOver returns the error for a link that was used, replaced or revoked, was
// ended by a change of the account, or has expired. It does not say which, but
// what to do instead for a link of the kind.
func errLinkOver(kind store.LinkKind) error {
	switch kind {
	case store.LinkPassword:
		return portico.E(portico.Gone, "This link no longer works: it was used already, has expired, or was cancelled by a change to the account. Use \"Forgotten login ID or password\" on the log-in page to get a new one, or ask your administrator.")
	case store.LinkUnlock:
		return portico.E(portico.Gone, "This link no longer works: it was used already, has expired, or was cancelled by a change to the account. Use \"Forgotten login ID or password\" on the log-in page to get a new one.")
	case store.LinkEmail:
		return portico.E(portico.Gone, "This link no longer works: it was used already, has expired, or was cancelled by a change to the account. Enter the address again on your Account page.")
	case store.LinkUnauthorized, store.LinkReport:
		return portico.E(portico.Gone, "This link no longer works: it was used already, has expired, or was cancelled by a change to the account. If something is wrong with your account, tell an administrator.")
	}
	return portico.E(portico.Gone, "This link no longer works: it was used already, has expired, or was cancelled by a change to the account. Ask your administrator for a new one.")
}

// errLinkEnded is returned for an activation link that was made before the customer
// was last reactivated. Only an administrator can send another one.
var errLinkEnded = portico.E(portico.Gone, "This link no longer works, because your organisation has been suspended since it was sent. Ask your administrator for a new one as soon as your organisation can log in again.")

// errLinkWaits is returned for a link of a user whose customer is suspended.
var errLinkWaits = portico.E(portico.Forbidden, "This link does not work while your organisation is suspended. Ask your provider.")

// LinkFor is what the page behind a link shows.
type LinkFor struct {
	User     portico.User
	Customer portico.Customer
	Least    int    // minimum length of a new password, in characters
	NewEmail string // the address that EmailLink's link confirms
}

// Activation returns the user of an activation link. It returns Gone if the
// link no longer works, and Forbidden while the customer is suspended.
func (s *Service) Activation(ctx context.Context, token string) (LinkFor, error) {
	return s.linkFor(ctx, token, store.LinkActivate, portico.Invited)
}

// PasswordLink returns the user of a password link. It returns Gone if the link
// no longer works, and Forbidden while the customer is suspended.
func (s *Service) PasswordLink(ctx context.Context, token string) (LinkFor, error) {
	return s.linkFor(ctx, token, store.LinkPassword, portico.Active)
}

func (s *Service) linkFor(ctx context.Context, token string, kind store.LinkKind, status portico.Status) (LinkFor, error) {
	a, err := store.View(ctx, s.db, func(r *store.Reader) (store.Account, error) { return linked(r, token, kind, status) })
	return LinkFor{User: a.User, Customer: a.Customer, Least: a.Customer.Policy.PasswordMinimum(a.User, s.outbox.Now())}, err
}

// linked returns the account of a valid link. It returns Forbidden while the
// customer is suspended. Links that were made before the suspension or during
// it do not work after it.
func linked(r *store.Reader, token string, kind store.LinkKind, status portico.Status) (store.Account, error) {
	a, _, err := linkedTo(r, token, kind, status)
	return a, err
}

// linkedTo is linked, and also returns the link. A link is valid only for the
// account as it was when the link was made, and only as long as the account has
// the address that the link was mailed to. A link that an operator had mailed is
// valid only while the customer allows provider access.
func linkedTo(r *store.Reader, token string, kind store.LinkKind, status portico.Status) (store.Account, store.Link, error) {
	l, err := r.Link(store.HashToken(token), kind)
	if notFound(err) {
		return store.Account{}, l, errLinkOver(kind)
	}
	if err != nil {
		return store.Account{}, l, err
	}
	a, err := r.Account(l.UserID)
	if err != nil {
		return a, l, err
	}
	switch {
	case kind == store.LinkActivate && a.Status == status && suspendedSince(l, a):
		err = errLinkEnded
	case a.Status != status, !holds(l, a):
		err = errLinkOver(kind)
	case l.ByOperator && !a.Customer.ProviderMayEnter(r.Now): // whom an operator has let in
		err = errLinkOver(kind)
	case a.Customer.Suspended():
		err = errLinkWaits
	}
	return a, l, err
}

// holds reports whether nothing has ended a link since it was made: no change of
// the account or its address, and no suspension of its customer.
func holds(l store.Link, a store.Account) bool {
	mailed := l.Mailed()
	if l.Kind == store.LinkEmail {
		mailed.Email = a.Email // it was mailed to the new address, but is bound to the current one
	}
	return a.Epoch == l.Epoch && mailed.Holds(a.Address()) && !suspendedSince(l, a)
}

// suspendedSince reports whether the customer was suspended when a link was made or
// later.
func suspendedSince(l store.Link, a store.Account) bool {
	return !a.EndedAt.IsZero() && !l.MadeAt.After(a.EndedAt)
}

// anyHolds reports whether one of a user's links of a kind still works.
func anyHolds(r *store.Reader, a store.Account, kind store.LinkKind) (bool, error) {
	links, err := r.Links(a.ID, kind)
	return slices.ContainsFunc(links, func(l store.Link) bool { return holds(l, a) }), err
}
