package web

import (
	"cmp"
	"net/http"
	"strings"

	"portico"
	"portico/internal/web/ui"
)

// layout returns the part that all pages have in common, with a title that is a
// message. On public pages it has a person only if the request has a session.
func (s *Server) layout(r *http.Request, title portico.Text, here string) ui.Layout {
	l := ui.Layout{Title: s.text(r, title), Language: s.language(r), Brand: "Portico", Here: here, Notice: cmp.Or(visited(r).notice, flashKey(r)), NoMail: s.NoMail, Base: ownBase, Zone: s.zone(r)}
	l.About = s.noticeAbout(r, l.Notice)
	l = branded(l, s.known.Load().provider)
	ses := session(r)
	if ses == nil {
		l.OpenAt, l.OpenPage = s.openAt(r)
		l.Return = returnOf(r)
		return l
	}
	if sc := scopeOf(r); sc.base != "" && sc.base != ownBase {
		l.Base, l.Entered = sc.base, sc.customer.Name
	}
	l.Waiting = s.waiting(r)
	l = branded(l, ses.Customer)
	u := ses.User
	l.Person = &ui.Person{
		Name: u.Name(), Initials: initials(u), LoginID: u.LoginID, Customer: ses.Customer.Name,
		SeesPeople: ses.Actor.Can(portico.SeePeople, u.CustomerID), SeesAudit: ses.Actor.Can(portico.SeeAudit, u.CustomerID),
		SetsPolicy:         ses.Actor.Can(portico.ManagePolicy, u.CustomerID),
		SetsProviderAccess: u.CustomerID != portico.ProviderID && ses.Actor.Can(portico.ManagePolicy, u.CustomerID),
		SeesCustomers:      ses.Actor.Can(portico.ManageCustomers, portico.ProviderID), MustEnrol: ses.MustEnrol,
		Kept: u.TwoFactor == portico.TwoFactorDisabled,
	}
	l.Person.Due, l.Person.DuePasskey = ses.Customer.Policy.Ahead(u, s.Now())
	l.Person.Due = l.Local(l.Person.Due)
	l.Person.Zone = l.ZoneName()
	l.Person.DaysLeft = portico.DaysLeftIn(l.Local(s.Now()).Location(), l.Person.Due, s.Now())
	return l
}

// titled returns the layout of a page whose title is a name.
func titled(l ui.Layout, name string) ui.Layout {
	l.Title = name
	return l
}

// waiting returns the number of open requests to delete a 2FA setup, for the menu.
// If it cannot be read, the page is shown without it.
func (s *Server) waiting(r *http.Request) int {
	sc := scopeOf(r)
	if session(r).MustEnrol || !sc.actor.Can(portico.ResetTwoFactor, sc.customer.ID) {
		return 0
	}
	n, err := s.Resets.Waiting(r.Context(), sc.actor, sc.customer.ID)
	if err != nil {
		s.Log.Error("counting the requests for the menu", "id", visited(r).id, "error", err)
		return 0
	}
	return n
}

// branded sets the name, logo and colour of a customer, or of the provider, on a
// page for its people. What it has not chosen stays as it is: that of the
// provider, or of the portal.
func branded(l ui.Layout, c portico.Customer) ui.Layout {
	if header := c.Header(); header != "" {
		l.Brand, l.Logo, l.Mark = header, logoPath(c), ""
		if c.Logo == "" {
			l.Mark = initialsOf(strings.Fields(header))
		}
	}
	if c.Accent != "" {
		l.Accent = ui.AccentPath(c.Accent)
	}
	return l
}

// flashKey returns the key of the notice that the address asks for. It returns ""
// if the request came from another site, so that a link cannot lead people to a
// page which claims that something was done.
func flashKey(r *http.Request) string {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return ""
	}
	return r.URL.Query().Get("done")
}

func initials(u portico.User) string { return initialsOf([]string{u.FirstName, u.LastName}) }

// initialsOf returns the first letters of the first two words.
func initialsOf(words []string) string {
	var out []rune
	for _, word := range words[:min(2, len(words))] {
		for _, c := range word {
			out = append(out, c)
			break
		}
	}
	return strings.ToUpper(string(out))
}
