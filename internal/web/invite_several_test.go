package web_test

import (
	"strings"
	"testing"

	"portico"
	"portico/internal/porticotest"
)

// TestSeveralActivationLinks checks that without a mail server inviting several
// people again shows their activation links, once, and mails or files none.
func TestSeveralActivationLinks(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t, withoutMail)
	alice := c.as(c.admin)
	var fields []string
	addresses := map[string]string{}
	for _, name := range []string{"Fay", "Gus", "Hal"} {
		email := strings.ToLower(name) + "@example.com"
		p := alice.Fill(alice.Get(access+"/new"), "Create user", "First name", name, "Last name", "Guest", "Email", email)
		addresses[name] = path(p)
		fields = append(fields, "id."+path(p)[strings.LastIndexByte(path(p), '/')+1:], "1")
	}
	if p := alice.Get(access); p.Has("Send invitations") || !p.Has("Show new activation links") {
		t.Errorf("the list: %s", p.Text())
	}
	earlier := oneTimeLink.FindString(alice.Post(addresses["Fay"] + "/invite").TestID("activation-link"))
	fields = append(fields, "id."+string(c.user.ID), "1") // who is active, and left out
	ask := alice.Post(access+"/selected", append(fields, "action", "invite")...)
	if ask.Status != 200 || !ask.Has("show the links once") || ask.Has("Each of them will get an email") || oneTimeLink.MatchString(ask.Body) {
		t.Fatalf("the page before: %d %s", ask.Status, ask.Text())
	}
	shown := alice.Fill(ask, "Show new activation links")
	links := map[string]string{}
	for name := range addresses {
		links[name] = oneTimeLink.FindString(shown.Row(name + " Guest"))
		if !strings.HasPrefix(links[name], "/activate/") || !strings.Contains(shown.Row(name+" Guest"), c.URL+links[name]) {
			t.Errorf("no link of %s: %d %s", name, shown.Status, shown.Text())
		}
	}
	if links["Fay"] == links["Gus"] || links["Gus"] == links["Hal"] || shown.Row("Ulla") != "" || !shown.Has("shown only now") {
		t.Errorf("the page with the links: %s", shown.Text())
	}
	if p := c.Client().Get(earlier); p.Status != 410 {
		t.Errorf("the earlier link: %d, want 410", p.Status)
	}
	for name, link := range links {
		visitor := c.Client()
		if p := visitor.Fill(visitor.Get(link), "Activate", "Login ID", name+".guest", "Password", "seven quiet rivers meet"); p.Status != 200 {
			t.Errorf("the link of %s: %d %s", name, p.Status, p.Text())
		}
	}
	if n := len(c.Mails("@example.com")); n != 0 {
		t.Errorf("%d links that were shown are in files as well", n)
	}
	if n := c.events(portico.UserInvited, "Link shown, to be handed over"); n != 4 {
		t.Errorf("the log has %d events of links that were shown, want 4", n)
	}
	// Nobody is shown a link if one of them can no longer be invited.
	p := alice.Post(access+"/selected/apply", "action", "invite", "id."+string(c.user.ID), "1")
	if oneTimeLink.MatchString(p.Body) || p.Status == 200 && !p.Has("not possible for any of the users that you selected") {
		t.Errorf("of an active user: %d %s", p.Status, p.Text())
	}
}

// TestSeveralActivationLinksAreShownToFew checks that the links of several
// people are shown to nobody where there is a mail server, and not to the help
// desk.
func TestSeveralActivationLinksAreShownToFew(t *testing.T) {
	if testing.Short() {
		return // long
	}
	for name, option := range map[string]func(*porticotest.Portal){"without a mail server": withoutMail, "with a mail server": func(*porticotest.Portal) {}} {
		c := newFixture(t, option)
		alice := c.as(c.admin)
		fay, err := c.Users.Invite(t.Context(), portico.CommandLine(), c.acme.ID, portico.User{FirstName: "Fay", LastName: "Guest", Email: "fay@example.com", Role: portico.RoleUser})
		must(t, err)
		others := map[string]*porticotest.Client{"the help desk": c.as(c.help), "another customer": c.as(c.other), "nobody": c.Client()}
		if name == "with a mail server" {
			others["the administrator"] = alice
		}
		for who, b := range others {
			if p := b.Post(access+"/selected/apply", "action", "invite", "id."+string(fay.ID), "1"); oneTimeLink.MatchString(p.Body) {
				t.Errorf("%s, to %s: a link is shown: %s", name, who, p.Text())
			}
		}
	}
}
