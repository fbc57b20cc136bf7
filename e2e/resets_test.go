package e2e

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/porticotest"
)

// acmeWith creates a customer with a reset policy. alice and anna are
// administrators, ulla has lost her phone, and carl is a colleague with 2FA.
func acmeWith(t *testing.T, p *porticotest.Portal, rules portico.ResetPolicy) (ulla portico.User, carlsKey []byte) {
	t.Helper()
	c := p.Customer("acme", "Acme Telecom")
	p.User(c.ID, "alice", portico.RoleAdministrator)
	p.User(c.ID, "anna", portico.RoleAdministrator)
	ulla = p.User(c.ID, "ulla", portico.RoleUser)
	p.Enrol(ulla)
	must(t, p.Customers.SavePolicy(context.Background(), portico.CommandLine(), c.ID, nil, &portico.Policy{Resets: rules}))
	return ulla, p.Enrol(p.User(c.ID, "carl", portico.RoleUser))
}

// ask requests a 2FA reset for ulla.
func (b *tab) ask() {
	b.t.Helper()
	b.open("/administration/access?q=ulla")
	if menu := "Actions for Ulla Tester"; b.has("button", menu) { // on a phone
		b.click("button", menu)
	}
	b.asks(b.find("link", "Delete 2FA setup"))
	b.eval(`document.getElementById("reason").value = "lost phone"`)
	b.screenshot("reset ask " + b.t.Name()[strings.LastIndex(b.t.Name(), "/")+1:])
	b.follow("button", "Delete 2FA setup")
}

func lastTo(t *testing.T, p *porticotest.Portal, to string) porticotest.Mail {
	t.Helper()
	mails := p.Mails(to)
	if len(mails) == 0 {
		t.Fatalf("no mail to %s", to)
	}
	return mails[len(mails)-1]
}

func keeps(p *porticotest.Portal, u portico.User) bool {
	return p.Account(u.ID).TwoFactor != portico.TwoFactorNone
}

// TestResetWithOneTimeCode checks that the person logs in with the password and
// the mailed code, and can then do nothing but set up 2FA.
func TestResetWithOneTimeCode(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			acmeWith(t, p, portico.ResetPolicy{User: portico.ResetRule{ResetCode: true}})
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.ask()
			b.open("/administration/access")
			if row := b.rowOf("ulla"); !strings.Contains(row, "2FA not Enabled (must set up)") {
				t.Fatalf("ulla is %q", row)
			}
			code := regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){5}`).FindString(lastTo(t, p, "ulla@").Text)
			u := browse(t, p, l)
			u.login("ulla", porticotest.Password, "")
			u.reads("Enter your reset code")
			u.fill("Reset code", code)
			u.screenshot("reset code entered " + name)
			u.follow("button", "Submit")
			u.reads("Set up Two Factor Authentication again")
			u.follow("button", "Set up Two Factor Authentication")
			key := u.eval(`document.querySelector("[data-testid=setup-key]").textContent`)
			u.fill("Enter the code here", appCode(t, key, p.Clock.Now()))
			u.follow("button", "Submit")
			u.find("button", "I have saved my recovery codes")
		})
	}
}

// TestResetByTwoPeople checks a request by alice that anna approves.
func TestResetByTwoPeople(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			ulla, _ := acmeWith(t, p, portico.ResetPolicy{User: portico.ResetRule{TwoPeople: true}})
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.ask()
			b.reads("Waiting for approval")
			if !keeps(p, ulla) || b.has("button", "Approve") {
				t.Fatal("done by one, or to be approved by who asked")
			}
			link := lastTo(t, p, "anna@").Link("/administration/resets/")
			a := browse(t, p, l)
			a.login("anna", porticotest.Password, "")
			a.reads("Waiting for approval")
			a.screenshot("reset start " + name)
			a.open(link)
			a.reads("lost phone")
			a.screenshot("reset approve " + name)
			a.follow("button", "Approve")
			a.reads("You have approved the request")
			if keeps(p, ulla) {
				t.Fatal("not done")
			}
		})
	}
}

// TestResetAfterCallerCheck checks both proofs: a code that the caller reads
// from the mail, and a colleague who vouches.
func TestResetAfterCallerCheck(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			ulla, key := acmeWith(t, p, portico.ResetPolicy{User: portico.ResetRule{CallerCheck: true}})
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.ask()
			b.reads("Who is calling?")
			b.screenshot("reset caller " + name)
			b.follow("button", "Email a code")
			mail := lastTo(t, p, "ulla@")
			phrase := regexp.MustCompile(`from the help desk: ([a-z]+ [a-z]+ [a-z]+)`).FindStringSubmatch(b.text())
			if len(phrase) != 2 || !strings.Contains(mail.Text, phrase[1]) {
				t.Fatalf("the phrase %v is not in the mail:\n%s", phrase, mail.Text)
			}
			b.fill("Code from the email", regexp.MustCompile(`\d{4} \d{4}`).FindString(mail.Text))
			b.screenshot("reset code mailed " + name)
			b.follow("button", "Check the code")
			b.reads("Done")
			if keeps(p, ulla) {
				t.Fatal("not done")
			}

			p.Enrol(ulla)
			b.ask()
			address := b.eval(`document.getElementById("vouch").textContent`)
			c := browse(t, p, l)
			c.login("carl", porticotest.Password, p.Code(key, 0))
			c.open(address)
			c.reads("Do you vouch for Ulla Tester")
			c.screenshot("reset vouch " + name)
			c.follow("button", "I vouch")
			c.reads("Thank you")
			if keeps(p, ulla) {
				t.Fatal("not done")
			}
		})
	}
}

// TestResetIsCancelledByTheMail checks that one button cancels a request in the
// waiting period, without a log-in.
func TestResetIsCancelledByTheMail(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			ulla, _ := acmeWith(t, p, portico.ResetPolicy{User: portico.ResetRule{DelayHours: 4}})
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.ask()
			b.reads("In waiting period")
			b.screenshot("reset waiting " + name)
			u := browse(t, p, l)
			u.open(lastTo(t, p, "ulla@").Link("/not-me/"))
			u.screenshot("reset not me " + name)
			u.follow("button", "This wasn't me")
			u.reads("frozen")
			p.Clock.Advance(4 * time.Hour)
			must(t, p.Resets.RunDue(context.Background()))
			if a := p.Account(ulla.ID); a.TwoFactor == portico.TwoFactorNone || a.Status != portico.Suspended {
				t.Fatalf("p.Account(ulla.ID): got %+v, want some 2FA setup, status %v", a.User, portico.Suspended)
			}
			b.login("alice", porticotest.Password, "")
			b.open("/administration/access/" + string(ulla.ID))
			b.follow("button", "Reactivate")
			b.reads("Another administrator has to reactivate it")
			a := browse(t, p, l)
			a.login("anna", porticotest.Password, "")
			a.open("/administration/access/" + string(ulla.ID))
			a.follow("button", "Reactivate")
			a.reads("can log in again")
		})
	}
}

// TestResetIsStopped checks that a second reset of the same person within a day
// is refused.
func TestResetIsStopped(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			ulla, _ := acmeWith(t, p, portico.ResetPolicy{OncePerDay: true})
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.ask()
			b.reads("was deleted. The next log-in needs")
			p.Enrol(ulla)
			b.ask()
			b.reads("This was blocked")
			b.screenshot("reset stopped " + name)
			if !keeps(p, ulla) {
				t.Fatal("done all the same")
			}
			a := browse(t, p, l)
			a.login("anna", porticotest.Password, "")
			a.reads("was blocked from deleting the 2FA setup of Ulla Tester")
			if !strings.Contains(lastTo(t, p, "anna@").Text, "The limits of the policy stopped this") {
				t.Fatal("not told")
			}
		})
	}
}
