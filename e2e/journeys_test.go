package e2e

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"portico"
	"portico/internal/porticotest"
)

// looks are the browsers in which every journey is made.
var looks = map[string]look{"script": desktop, "no script": noScript, "phone": phone}

// TestProtectOwnLogin covers points 1 to 8 of the portal's requirements: log
// in, set up 2FA by QR code, log in with a code, switch 2FA off and on, and
// delete it.
func TestProtectOwnLogin(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			c := p.Customer("acme", "Acme Telecom")
			p.User(c.ID, "dmitri", portico.RoleUser)
			b := browse(t, p, l)

			// 1. Without 2FA, log-in asks for no code.
			b.login("dmitri", porticotest.Password, "")
			b.reads("Hello Dmitri")

			// 2. The header has an account menu with Account and Log out.
			b.click("button", "Dmitri Tester Acme Telecom")
			b.screenshot("menu " + name)
			b.followIn("account-menu", "link", "Account")

			// 3. and 4. The switch leads to a QR code and the key.
			if b.status() != "Not enabled" || b.slider() != "false" {
				t.Fatalf("status %q, slider %q", b.status(), b.slider())
			}
			b.screenshot("account " + name)
			b.follow("switch", "Two Factor Authentication")
			key := b.eval(`document.querySelector("[data-testid=setup-key]").textContent`)
			uri := b.qrCode("setup " + name)
			checkURI(t, uri, "Acme Telecom", "dmitri", key)

			// 5. A wrong code enables nothing and keeps the QR code.
			b.fill("Enter the code here", wrong(appCode(t, key, p.Clock.Now())))
			b.follow("button", "Submit")
			b.find("alert", "")
			b.reads("This code is wrong")
			if again := b.qrCode("wrong " + name); again != uri {
				t.Fatalf("another QR code after a wrong code: %s", again)
			}
			b.open("/account")
			if b.status() != "Not enabled" {
				t.Fatalf("status %q after leaving the page", b.status())
			}
			b.follow("switch", "Two Factor Authentication")
			code := appCode(t, key, p.Clock.Now())
			b.fill("Enter the code here", code[:3]+" "+code[3:])
			b.follow("button", "Submit")
			if b.status() != "Enabled" || b.slider() != "true" {
				t.Fatalf("status %q, slider %q after the right code", b.status(), b.slider())
			}
			b.screenshot("enabled " + name)
			b.follow("button", "I have saved my recovery codes")

			// 6. From the next log-in on, the portal asks for a code. A code
			// cannot be used twice.
			b.logout("Dmitri Tester Acme Telecom")
			b.login("dmitri", porticotest.Password, code)
			b.reads("already used")
			b.screenshot("code " + name)
			p.Clock.Advance(30 * time.Second)
			b.enter(appCode(t, key, p.Clock.Now()))
			b.reads("Hello Dmitri")

			// 7. Disabling keeps the setup; enabling again takes one code.
			b.open("/account")
			b.follow("switch", "Two Factor Authentication")
			if b.status() != "Disabled" || b.slider() != "false" {
				t.Fatalf("status %q, slider %q after disabling", b.status(), b.slider())
			}
			b.follow("switch", "Two Factor Authentication")
			if b.has("image", "QR code") {
				t.Fatal("enabling again shows a new QR code")
			}
			p.Clock.Advance(30 * time.Second)
			b.fill("Enter the code here", appCode(t, key, p.Clock.Now()))
			b.follow("button", "Submit")
			if b.status() != "Enabled" {
				t.Fatalf("status %q after enabling again", b.status())
			}

			// 8. After the setup is deleted, a new one has a new key. By now
			// the person has to confirm their identity again.
			p.Clock.Advance(portico.ConfirmationTTL)
			b.follow("button", "Delete 2FA setup")
			b.screenshot("confirm " + name)
			b.fill("Password", porticotest.Password)
			b.fill("Enter the code here", appCode(t, key, p.Clock.Now()))
			b.follow("button", "Confirm")
			b.focused("Cancel")
			b.follow("button", "Delete 2FA setup")
			if b.status() != "Not enabled" {
				t.Fatalf("status %q after deleting", b.status())
			}
			b.follow("switch", "Two Factor Authentication")
			if next := b.qrCode("again " + name); next == uri {
				t.Fatal("the deleted key came back")
			}
		})
	}
}

// TestHelpAColleague covers points 9 and 10: the list with its labels, and
// deleting the setup of somebody who lost their phone.
func TestHelpAColleague(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			c := p.Customer("acme", "Acme Telecom")
			p.User(c.ID, "alice", portico.RoleAdministrator)
			p.Enrol(p.User(c.ID, "bob", portico.RoleUser))
			p.EnrolDisabled(p.User(c.ID, "carla", portico.RoleUser))
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			if l.width < 600 {
				b.click("button", "Menu")
			}
			b.screenshot("start " + name)
			b.followIn("menu", "link", "Administration and Access")
			b.screenshot("access " + name)
			for login, label := range map[string]string{"alice": "2FA not Enabled", "bob": "2FA enabled", "carla": "2FA disabled"} {
				if got := b.rowOf(login); !strings.Contains(got, label) {
					t.Fatalf("%s has not the label %s but %q", login, label, got)
				}
			}
			if strings.Contains(b.rowOf("alice"), "Delete 2FA setup") {
				t.Fatal("there is nothing to delete for alice")
			}
			if l.width < 600 {
				b.click("button", "Actions for Bob Tester")
			}
			link := b.all("link", "Delete 2FA setup")[0]
			b.asks(link)
			b.reads("Bob Tester")
			b.focused("Reason")
			if l.script { // Escape changes nothing and returns the focus
				b.screenshot("dialog " + name)
				b.must(chromedp.Do(b.ctx, chromedp.KeyEvent("\x1b")))
				b.focused("Delete 2FA setup")
				b.asks(link)
				b.focused("Reason")
			}
			b.follow("button", "Delete 2FA setup")
			b.reads("Enter the reason.")
			b.screenshot("reset " + name)
			b.eval(`document.getElementById("reason").value = "lost phone"`)
			b.follow("button", "Delete 2FA setup")
			if got := b.rowOf("bob"); !strings.Contains(got, "2FA not Enabled") {
				t.Fatalf("bob is %q", got)
			}
			mails := p.Mails("bob@example.com")
			if len(mails) != 1 || !strings.Contains(mails[0].Text, "lost phone") {
				t.Fatalf("bob was not told: %+v", mails)
			}
			browse(t, p, l).login("bob", porticotest.Password, "")
		})
	}
}

// TestFindAndSelect checks that the list follows the search field and announces
// the number of matches, and that several people can be suspended with one
// confirmation.
func TestFindAndSelect(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			c := p.Customer("acme", "Acme Telecom")
			p.User(c.ID, "alice", portico.RoleAdministrator)
			for _, login := range []string{"berta", "bertram", "carla"} {
				p.User(c.ID, login, portico.RoleUser)
			}
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.open("/administration/access?sort=login-id")
			b.search("bert", l.script)
			b.reads("2 people match “bert”")
			unused := "&role=&label=" // the script leaves out what is empty
			if l.script {
				unused = ""
			}
			if at := b.eval("location.pathname + location.search"); at != "/administration/access?q=bert&sort=login-id"+unused && at != "/administration/access?sort=login-id&q=bert"+unused {
				t.Fatalf("the address is %s", at)
			}
			if l.script {
				if got := b.eval("document.activeElement.id + ' ' + document.getElementById('live').textContent"); got != "q 2 people match “bert”" {
					t.Fatalf("focused and announced: %q", got)
				}
				b.click("checkbox", "Select Berta Tester")
				b.click("checkbox", "Select all on this page")
			} else {
				b.click("checkbox", "Select Berta Tester")
				b.click("checkbox", "Select Bertram Tester")
			}
			b.screenshot("selected " + name)
			b.follow("button", "Suspend")
			b.focused("Cancel")
			b.reads("Suspend these 2 users?")
			b.screenshot("suspend several " + name)
			b.follow("button", "Suspend")
			b.reads("The users were suspended")
			if row := b.rowOf("bertram"); !strings.Contains(row, "Suspended") {
				t.Fatalf("bertram is %q", row)
			}
		})
	}
}

// TestNewColleague covers point 11: an account is created, the welcome mail
// leads to the activation page, and a file is imported.
func TestNewColleague(t *testing.T) {
	t.Parallel()
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := portal(t)
			c := p.Customer("acme", "Acme Telecom")
			p.User(c.ID, "alice", portico.RoleAdministrator)
			b := browse(t, p, l)
			b.login("alice", porticotest.Password, "")
			b.open("/administration/access")
			b.follow("link", "+ User")
			b.fill("First name", "Eun-ji")
			b.fill("Last name", "Park")
			b.fill("Email", "eunji@example.com")
			b.fill("Labels", "Sales, Seoul")
			b.screenshot("new-user " + name)
			b.follow("button", "Create user")
			b.reads("Invited")
			b.screenshot("user " + name)

			link := p.Mails("eunji@example.com")[0].Link("/activate/")
			n := browse(t, p, l)
			n.open(link)
			n.fill("Login ID", "ALICE")
			n.fill("Password", porticotest.Password)
			if l.script { // the page stays, and so does the password
				n.click("button", "Activate")
				n.eventually(func() bool { return strings.Contains(n.text(), "taken") })
			} else {
				n.follow("button", "Activate")
			}
			n.reads("taken")
			n.screenshot("activate " + name)
			n.fill("Login ID", "eunji")
			n.fill("Password", porticotest.Password)
			n.follow("button", "Activate")
			n.reads("Your account is ready, and you are logged in")
			n.reads("Hello Eun-ji")
			n.open(link)
			n.reads("used already")
			n.screenshot("used-link " + name)

			b.open("/administration/access")
			b.follow("link", "Import users")
			b.upload("login_id;first_name;last_name;email;role\nfay;Fay;Low;fay@example.com;user\nx;Bad;Row;nothing;king\n")
			b.follow("button", "Preview import")
			b.reads("1 to create, 0 to update, 0 unchanged, 1 refused")
			b.screenshot("import " + name)
			b.follow("button", "Start import")
			b.reads("1 created")
			b.open("/administration/access")
			b.reads("Fay Low")
			b.open("/administration/audit")
			b.reads("Activated the account")
			b.screenshot("audit " + name)
		})
	}
}

// TestMoveToNewPhone checks that the old key works until a code of the new one
// is proved.
func TestMoveToNewPhone(t *testing.T) {
	t.Parallel()
	p := portal(t)
	c := p.Customer("acme", "Acme Telecom")
	u := p.User(c.ID, "dmitri", portico.RoleUser)
	old := p.Enrol(u)
	b := browse(t, p, desktop)
	b.login("dmitri", porticotest.Password, p.Code(old, 0))
	b.open("/account")
	b.follow("button", "Move to a new phone")
	b.reads("keeps working")
	key := b.eval(`document.querySelector("[data-testid=setup-key]").textContent`)
	p.Clock.Advance(time.Minute)
	second := browse(t, p, desktop)
	second.login("dmitri", porticotest.Password, p.Code(old, 0))
	second.reads("Hello Dmitri")
	b.fill("Enter the code here", appCode(t, key, p.Clock.Now()))
	b.follow("button", "Submit")
	b.reads("has moved to your new phone")
	b.follow("button", "I have saved my recovery codes")
	second.open("/account")
	second.reads("Log in")
	p.Clock.Advance(time.Minute)
	second.login("dmitri", porticotest.Password, p.Code(old, 0))
	second.reads("This code is wrong")
	second.enter(appCode(t, key, p.Clock.Now()))
	second.reads("Hello Dmitri")
}

// TestBackAfterLogout checks that the back button shows nothing after logging
// out.
func TestBackAfterLogout(t *testing.T) {
	t.Parallel()
	p := portal(t)
	c := p.Customer("acme", "Acme Telecom")
	p.User(c.ID, "alice", portico.RoleAdministrator)
	b := browse(t, p, desktop)
	b.login("alice", porticotest.Password, "")
	b.open("/administration/access")
	b.logout("Alice Tester Acme Telecom")
	b.back()
	b.reads("Log in")
	if strings.Contains(b.text(), "alice@example.com") {
		t.Fatal("the list is shown after logging out")
	}
}

// TestFirstRun goes from the one-time link of an empty portal to a log-in.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	p := portal(t)
	b := browse(t, p, noScript)
	b.open("/setup/" + porticotest.SetupToken)
	b.screenshot("first-run")
	b.click("radio", "An operator of the provider manages all customers. No customer is created now")
	if b.eval(`String(document.getElementById("customer_slug").checkVisibility())`) != "false" {
		t.Error("for an operator: got the fields of a customer, want none")
	}
	b.click("radio", "An administrator of a first customer manages the users of one organisation")
	b.fill("Customer", "Acme Telecom")
	b.fill("Short name of the customer", "acme")
	b.fill("First name", "Alice")
	b.fill("Last name", "Adams")
	b.fill("Email", "alice@example.com")
	b.fill("Login ID", "alice")
	b.fill("Password", porticotest.Password)
	b.follow("button", "Create")
	b.screenshot("login")
	b.login("alice", porticotest.Password, "")
	b.open("/administration/access")
	b.reads("Alice Adams")
	b.open("/setup/" + porticotest.SetupToken)
	b.reads("already set up")
}

// wrong returns another code.
func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

// checkURI compares the content of the QR code with the key URI format.
func checkURI(t *testing.T, uri, issuer, account, key string) {
	t.Helper()
	i := url.PathEscape(issuer)
	want := "otpauth://totp/" + i + ":" + account + "?secret=" + strings.ReplaceAll(key, " ", "") + "&issuer=" + i + "&algorithm=SHA1&digits=6&period=30"
	if uri != want {
		t.Fatalf("the QR code holds\n%s, not\n%s", uri, want)
	}
}
