package customers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/locale"
	"portico/internal/store"
)

// Create adds a customer. language is that of its users who have chosen none, or "".
// It returns an Invalid error if the slug, the name or the language is not valid, or
// if the slug is taken.
func (s *Service) Create(ctx context.Context, actor portico.Actor, slug, name, language string) (portico.Customer, error) {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return portico.Customer{}, portico.ErrForbidden
	}
	c, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (portico.Customer, error) { return Insert(tx, actor, slug, name, language) })
	if err != nil {
		return portico.Customer{}, fmt.Errorf("creating a customer: %w", err)
	}
	return c, nil
}

// Insert is Create in a transaction.
func Insert(tx *store.Tx, actor portico.Actor, slug, name, language string) (portico.Customer, error) {
	id, err := store.NewID()
	if err != nil {
		return portico.Customer{}, err
	}
	c := portico.Customer{ID: portico.CustomerID(id), Slug: slug, Name: name, Language: language, CreatedAt: tx.Now}
	if err := c.Validate(); err != nil {
		return portico.Customer{}, err
	}
	if err := locale.CheckChoice(language); err != nil {
		return portico.Customer{}, err
	}
	err = tx.CreateCustomer(c)
	if errors.Is(err, store.ErrTaken) {
		return portico.Customer{}, portico.FieldError("slug", "This short name is taken. Choose another one.")
	}
	if err != nil {
		return portico.Customer{}, err
	}
	err = audit.Record(tx, portico.Event{CustomerID: c.ID, Action: portico.CustomerCreated, Actor: actor, Told: portico.Verbatim(c.Name)})
	if err != nil || language == "" {
		return c, err
	}
	return c, audit.Record(tx, portico.Event{CustomerID: c.ID, Action: portico.CustomerChanged, Actor: actor, Told: portico.Say(saysLanguage, nameOf(language))})
}

var errNoPage = portico.E(portico.NotFound, "This page of the list does not exist.")

// PageSize is how many customers a page of the list holds.
const PageSize = 50

// Summary is a customer as operators see it. If the actor has no
// provider access, Counted is false and the numbers are zero.
type Summary struct {
	portico.Customer
	Counted   bool
	People    int
	Active    int // may log in, unless the customer is suspended
	Protected int // of the active ones: have enabled 2FA
}

// summaryOf counts a customer's users if the actor may know about them.
func summaryOf(actor portico.Actor, now time.Time, c portico.Customer, counts []store.Count) Summary {
	sum := Summary{Customer: c, Counted: mayEnter(actor, c, now) == nil}
	if !sum.Counted {
		return sum
	}
	for _, k := range counts {
		sum.People += k.People
		if k.Status != portico.Active {
			continue
		}
		sum.Active += k.People
		if k.TwoFactor == portico.TwoFactorEnabled {
			sum.Protected += k.People
		}
	}
	return sum
}

// Page is a page of the list of customers.
type Page struct {
	Customers []Summary
	Next      portico.CustomerID // the after of the next page; "" on the last page
}

// List lists the customers whose name or slug has words that begin with
// the searched ones, by name. after is "" for the first page, or the Next of an
// earlier page.
func (s *Service) List(ctx context.Context, actor portico.Actor, search string, after portico.CustomerID) (Page, error) {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return Page{}, portico.ErrForbidden
	}
	return store.View(ctx, s.db, func(r *store.Reader) (page Page, err error) {
		var from store.CustomerCursor
		if after != "" {
			last, err := r.Customer(after)
			if err != nil {
				return page, store.NotFound(err, errNoPage)
			}
			from = store.CursorAfter(last)
		}
		found, err := r.Customers(search, from, PageSize+1)
		if err != nil {
			return page, err
		}
		if len(found) > PageSize {
			found = found[:PageSize]
			page.Next = found[PageSize-1].ID
		}
		ids := make([]portico.CustomerID, len(found))
		for i, c := range found {
			ids[i] = c.ID
		}
		counts, err := r.CountsOf(ids)
		for _, c := range found {
			page.Customers = append(page.Customers, summaryOf(actor, r.Now, c, counts[c.ID]))
		}
		return page, err
	})
}

// BySlug returns a customer by its slug. It returns a NotFound error
// for the provider itself.
func (s *Service) BySlug(ctx context.Context, actor portico.Actor, slug string) (portico.Customer, error) {
	if !actor.Can(portico.ManageCustomers, portico.ProviderID) {
		return portico.Customer{}, portico.ErrForbidden
	}
	c, err := s.db.Read(ctx).CustomerBySlug(slug)
	if err == nil && c.ID == portico.ProviderID {
		err = store.ErrNotFound
	}
	return c, store.NotFound(err, portico.E(portico.NotFound, "There is no customer {0}.", slug))
}

// Summary is BySlug with the users counted.
func (s *Service) Summary(ctx context.Context, actor portico.Actor, slug string) (Summary, error) {
	c, err := s.BySlug(ctx, actor, slug)
	if err != nil {
		return Summary{}, err
	}
	counts, err := s.db.Read(ctx).Counts(c.ID)
	return summaryOf(actor, s.outbox.Now(), c, counts), err
}

// Enter returns the actor of an operator inside a customer, and the customer.
// It returns a Forbidden error if the customer has revoked provider access.
func (s *Service) Enter(ctx context.Context, actor portico.Actor, slug string) (portico.Actor, portico.Customer, error) {
	c, err := s.BySlug(ctx, actor, slug)
	if err != nil {
		return portico.Actor{}, c, err
	}
	in, err := actor.Enter(c, s.outbox.Now())
	return in, c, err
}
