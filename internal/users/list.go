package users

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"portico"
	"portico/internal/audit"
	"portico/internal/store"
)

// PageSize is how many users a page of the list holds.
const PageSize = 50

var errNoPage = portico.E(portico.NotFound, "This page of the list does not exist.")

// Page is a page of the list of a customer's users.
type Page struct {
	Users   []portico.User
	Next    portico.UserID // the after of the next page; "" on the last page
	Prev    portico.UserID // the before of the previous page; "" on the first page
	ByMatch bool           // too many matches to sort; in the order of the words that matched

	ExactFirst bool // those who match as typed come before those who differ in their marks

	Locked    map[portico.UserID]bool            // which of Users are locked out
	Uninvited map[portico.UserID]bool            // which of Users are invited without a valid invitation
	Waiting   map[portico.UserID]portico.ResetID // open requests to delete the 2FA setup of one of Users

	// Counts is how many users of the customer pass each filter, of one role if the
	// query asks for it. Those who are locked out are counted in every role, up to
	// MostLocked.
	Counts map[portico.PeopleFilter]int

	kinds []store.Count // those of the customer; nil if they have not been read
}

// MostLocked is the largest number of locked-out users that is counted.
const MostLocked = 999

// Place is a place in a list: after or before a user of it. The zero Place is
// the beginning.
type Place struct {
	After, Before portico.UserID
}

// List lists a customer's users from a place on, at most limit. It returns a
// NotFound error for an unknown filter, role or sort order, or if the place is not
// one of the customer's users.
func (s *Service) List(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.PeopleQuery, from Place, limit int) (Page, error) {
	if err := maySee(actor, c, q); err != nil {
		return Page{}, err
	}
	return store.View(ctx, s.db, func(r *store.Reader) (page Page, err error) {
		if from.Before == "" {
			page, err = list(r, c, q, from.After, limit)
		} else {
			page, err = listBefore(r, c, q, from.Before, limit)
		}
		if err != nil {
			return page, err
		}
		if err = page.count(r, c, q.Role); err != nil {
			return page, err
		}
		if page.Uninvited, err = r.Uninvited(page.Users); err != nil {
			return page, err
		}
		if page.Counts[portico.FilterLocked] > 0 { // otherwise it is none of Users
			if page.Locked, err = r.Locked(c, page.Users); err != nil {
				return page, err
			}
		}
		if !actor.Can(portico.ResetTwoFactor, c) {
			return page, nil
		}
		page.Waiting, err = r.OpenResetsOf(c, page.Users)
		return page, err
	})
}

// count sets the counts of a customer, of one role unless role is "".
func (page *Page) count(r *store.Reader, c portico.CustomerID, role portico.Role) (err error) {
	if page.kinds == nil {
		if page.kinds, err = r.Counts(c); err != nil {
			return err
		}
	}
	page.Counts = map[portico.PeopleFilter]int{}
	for _, k := range page.kinds {
		for _, f := range portico.PeopleFilters {
			if k.Passes(f) && (role == "" || k.Role == role) {
				page.Counts[f] += k.People
			}
		}
	}
	page.Counts[portico.FilterLocked], err = r.LockedOut(c, MostLocked)
	return err
}

func maySee(actor portico.Actor, c portico.CustomerID, q portico.PeopleQuery) error {
	if !actor.Can(portico.SeePeople, c) {
		return portico.ErrForbidden
	}
	return q.Validate()
}

func list(r *store.Reader, c portico.CustomerID, q portico.PeopleQuery, after portico.UserID, limit int) (Page, error) {
	found, err := r.People(c, q, after, limit+1)
	page := Page{Users: found.Users, ByMatch: found.ByMatch, ExactFirst: found.ExactFirst, kinds: found.Counts}
	if len(page.Users) > limit {
		page.Users = page.Users[:limit]
		page.Next = page.Users[limit-1].ID
	}
	if after != "" && len(page.Users) > 0 {
		page.Prev = page.Users[0].ID
	}
	return page, store.NotFound(err, errNoPage)
}

// listBefore returns the page before a user. If no whole page of users comes
// before, it is the first page, so that no page but the last is short.
func listBefore(r *store.Reader, c portico.CustomerID, q portico.PeopleQuery, before portico.UserID, limit int) (Page, error) {
	found, err := r.PeopleBefore(c, q, before, limit+1)
	if err != nil {
		return Page{}, store.NotFound(err, errNoPage)
	}
	if len(found.Users) <= limit {
		return list(r, c, q, "", limit)
	}
	page := Page{Users: found.Users[1:], ByMatch: found.ByMatch, ExactFirst: found.ExactFirst, kinds: found.Counts}
	page.Prev, page.Next = page.Users[0].ID, page.Users[limit-1].ID
	return page, nil
}

// exportBatch is how many users an export holds in memory at once.
const exportBatch = 500

// Exported is a user in an export.
type Exported struct {
	portico.User
	Authenticators string // their kinds, separated by semicolons
}

// exportPage is list with the authenticators of everybody on the page.
func exportPage(r *store.Reader, c portico.CustomerID, q portico.PeopleQuery, after portico.UserID) (people []Exported, next portico.UserID, err error) {
	page, err := list(r, c, q, after, exportBatch)
	if err != nil {
		return nil, "", err
	}
	kinds, err := r.AuthenticatorKinds(page.Users)
	for _, u := range page.Users {
		var codes []string
		for _, k := range kinds[u.ID] {
			codes = append(codes, k.Code())
		}
		people = append(people, Exported{u, strings.Join(codes, ";")})
	}
	return people, page.Next, err
}

// Export calls write with everybody who matches a query, in its order, at most
// 500 at a time. The event is written before the last users are. If the export
// is broken off after the first call of write, the event says how many users
// were written at most. It returns a NotFound error for an unknown filter or
// sort order.
func (s *Service) Export(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.PeopleQuery, write func([]Exported) error) error {
	if err := maySee(actor, c, q); err != nil {
		return err
	}
	type batch struct {
		people []Exported
		next   portico.UserID
	}
	sent := 0
	for after := portico.UserID(""); ; {
		page, err := store.View(ctx, s.db, func(r *store.Reader) (b batch, err error) {
			b.people, b.next, err = exportPage(r, c, q, after)
			return b, err
		})
		if err == nil && page.next == "" {
			if err := s.exported(ctx, actor, c, q, sent+len(page.people), false); err != nil {
				return err
			}
			return write(page.people)
		}
		if err == nil {
			sent, after = sent+len(page.people), page.next
			err = write(page.people)
		}
		if err != nil && sent > 0 {
			err = errors.Join(err, s.exported(ctx, actor, c, q, sent, true))
		}
		if err != nil {
			return err
		}
	}
}

// exported records an export, even if the client has gone away.
func (s *Service) exported(ctx context.Context, actor portico.Actor, c portico.CustomerID, q portico.PeopleQuery, n int, broken bool) error {
	told := []portico.Message{portico.SayCount(n, "#exported 1 person|{n} people"), portico.Say("filter: {0}", q.Filter)}
	if q.Role != "" {
		told = append(told, portico.Say("role: {0}", q.Role))
	}
	if q.Label != "" {
		told = append(told, portico.Say("one label"))
	}
	if q.Search != "" {
		told = append(told, portico.Say("searched")) // not the search text: it may be a name, and the log outlives the person
	}
	if broken {
		told = append(told, portico.Say("then broken off"))
	}
	ctx, cancel := store.Detached(ctx)
	defer cancel()
	err := s.db.Update(ctx, portico.System(actor.Origin), func(tx *store.Tx) error {
		return audit.Record(tx, portico.Event{CustomerID: c, Action: portico.PeopleExported, Actor: actor.Unadmitted(), Told: portico.Join("{0}, {1}", told...)})
	})
	if err != nil {
		return fmt.Errorf("recording an export: %w", err)
	}
	return nil
}
