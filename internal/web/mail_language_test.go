package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/mail"
	"portico/internal/store"
)

// speak gives people a language, and a customer one for those who have none.
func (c *fixture) speak(of portico.CustomerID, customers string, people map[portico.UserID]string) {
	c.T.Helper()
	err := c.DB.Update(c.T.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		customer, err := tx.Customer(of)
		if err != nil {
			return err
		}
		customer.Language = customers
		if err := tx.SaveCustomer(of, customer); err != nil {
			return err
		}
		for id, language := range people {
			u, err := tx.User(of, id)
			if err != nil {
				return err
			}
			u.Language = language
			if err := tx.SaveProfile(of, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.T.Fatal(err)
	}
}

// checkLanguages checks in which languages the mails to an address were, one after
// the other.
func (c *fixture) checkLanguages(to string, want ...string) {
	c.T.Helper()
	var got []string
	for _, m := range c.Mails(to) {
		if _, rest, found := strings.Cut(m.HTML, `<html lang="`); found {
			in, _, _ := strings.Cut(rest, `"`)
			got = append(got, in)
		}
		if in := got[len(got)-1]; m.Language != in {
			c.T.Errorf("%s: %q: got %q as Content-Language and %q in HTML, want the same", to, m.Subject, m.Language, in)
		}
	}
	if !slices.Equal(got, want) {
		c.T.Errorf("%s: got mails in %q, want %q", to, got, want)
	}
}

// TestMailsAreInTheirReadersLanguage checks that everybody who is told the same
// news gets it in their own language: that of the person, or of the customer, or
// English.
func TestMailsAreInTheirReadersLanguage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	german := c.User(c.acme.ID, "doris", portico.RoleAdministrator)
	c.User(c.acme.ID, "fabien", portico.RoleAdministrator)
	unknown := c.User(c.acme.ID, "xenia", portico.RoleAdministrator)
	c.User(portico.ProviderID, "olga", portico.RoleOperator)
	c.speak(c.acme.ID, "fr", map[portico.UserID]string{german.ID: "de", unknown.ID: "en-XA", c.user.ID: "es", c.admin.ID: "en"})

	must(t, c.Users.Delete(t.Context(), portico.CommandLine(), c.acme.ID, c.help.ID))
	must(t, c.Customers.RequestDeletion(t.Context(), portico.CommandLine(), c.acme.ID, "acme", "contract ended"))
	c.checkLanguages("doris@", "de", "de")
	c.checkLanguages("fabien@", "fr", "fr")
	c.checkLanguages("xenia@", "fr", "fr")
	c.checkLanguages("alice@", "en", "en")
	c.checkLanguages("olga@", "en")
	must(t, c.Customers.CancelDeletion(t.Context(), portico.CommandLine(), c.acme.ID))
	must(t, c.Customers.Reactivate(t.Context(), portico.CommandLine(), c.acme.ID))

	// What is mailed to an address from before is for the same person.
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID, portico.User{
		LoginID: c.user.LoginID, FirstName: "Ulla", LastName: "Tester", Email: "ulla@new.example", Role: portico.RoleUser, Language: "es",
	}))
	must(t, c.Users.SendPasswordLink(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID))
	c.tell(c.Account(c.user.ID).User, mail.LoginIDChanged)
	c.checkLanguages("ulla@example.com", "es", "es")
	c.checkLanguages("ulla@new.example", "es", "es")
}

// TestMailsAboutAChangeOfLanguage checks that mails about a change which also sets the
// language are in the new one.
func TestMailsAboutAChangeOfLanguage(t *testing.T) {
	c := newFixture(t)
	to := portico.User{LoginID: "ulla.new", FirstName: "Ulla", LastName: "Tester", Email: "ulla@new.example", Role: portico.RoleUser, Language: "de"}
	must(t, c.Users.Edit(t.Context(), portico.CommandLine(), c.acme.ID, c.user.ID, to))
	c.checkLanguages("ulla@example.com", "de", "de") // the login ID, and the address
	if c.events(portico.UserEdited, "email, language") != 1 {
		t.Errorf("got the events %v, want a change of the email and the language", c.Events(c.acme.ID))
	}
}

// TestUnaskedMailsKeepTheirLanguage checks mails that the portal sends by itself, or
// that a stranger asks for.
func TestUnaskedMailsKeepTheirLanguage(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.speak(c.acme.ID, "de", map[portico.UserID]string{c.help.ID: "fr"})
	c.decide(t, c.acme.ID, from(c.Clock.Now().Add(5*24*time.Hour)))
	must(t, c.Users.Remind(t.Context()))
	c.checkLanguages("ulla@", "de")
	c.checkLanguages("hedda@", "fr")
	c.Clock.Advance(8 * 24 * time.Hour)
	must(t, c.Audit.Sequence(t.Context()))
	must(t, c.Customers.MailCheckpoints(t.Context(), c.Audit))
	c.checkLanguages("alice@", "de", "de")
	c.checkLanguages("greta@", "en")

	// One mail about several accounts is in the language that their owner has chosen.
	c.sharing(t, c.help, "ulla@example.com")
	c.speak(c.acme.ID, "de", map[portico.UserID]string{c.help.ID: "fr"})
	before := len(c.Mails("ulla@"))
	b := c.Client()
	b.Fill(b.Get("/login/forgot"), "Send link", "Login ID", "ulla@example.com")
	if got := c.Mails("ulla@")[before:]; len(got) != 1 || got[0].Language != "fr" {
		t.Errorf("got %+v, want one mail in French", got)
	}
}
