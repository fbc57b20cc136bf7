package web_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"portico/internal/porticotest"
)

// TestC28_ThiefNeverInsideAfterAdminRepair performs random actions of three
// people: a thief, who knows the password and has two mailboxes of his own, the
// person, and an administrator. Then the administrator restores the address and
// mails a link, and the person chooses a password with it. After that the thief
// must not be able to log in, whatever links and sessions he has.
func TestC28_ThiefNeverInsideAfterAdminRepair(t *testing.T) {
	for seed := range uint64(porticotest.Amount(12, 3)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { walkWithThief(t, seed) })
	}
}

func walkWithThief(t *testing.T, seed uint64) {
	c := newFixture(t)
	w := &walk{fixture: c, rand: rand.New(rand.NewPCG(seed, 28)), at: access + "/" + string(c.user.ID), passwords: []string{porticotest.Password}}
	for range 14 {
		w.act()
	}
	admin := c.as(c.admin)
	admin.Post(w.at + "/reactivate")
	c.repair(admin, c.user, "ulla@example.com")
	admin.Post(w.at + "/password-link")
	last := c.lastMail("ulla@example.com").Link("/password/")
	w.thiefPresses()
	const fresh = "nine clear lakes shine"
	if p := c.press(last, fresh); p.Path != "/login?done=password-saved" {
		t.Fatalf("%v: the person cannot choose a password: %d %s", w.acts, p.Status, p.Text())
	}
	w.thiefPresses()
	c.Clock.Advance(2 * time.Hour)
	for _, b := range w.sessions {
		if isLoggedIn(b) {
			t.Errorf("%v: a session of the thief lives", w.acts)
		}
	}
	for _, password := range append(w.passwords, stolen) {
		b := c.Client()
		if b.Login("ulla", password, ""); isLoggedIn(b) {
			t.Errorf("%v: the thief logs in with %q", w.acts, password)
		}
	}
	if got := c.Account(c.user.ID).Email; got != "ulla@example.com" {
		t.Errorf("%v: the address is %s", w.acts, got)
	}
	c.Clock.Advance(2 * time.Hour)
	b := c.Client()
	if b.Login("ulla", fresh, ""); !isLoggedIn(b) {
		t.Errorf("%v: the person is kept out", w.acts)
	}
}

// stolen is the password that the thief chooses.
const stolen = "seven quiet rivers meet"

// walk is the state of all three.
type walk struct {
	*fixture
	rand      *rand.Rand
	at        string   // address of the person's page in the administration
	passwords []string // passwords that the thief knows
	sessions  []*porticotest.Client
	acts      []string
}

// act performs one random action.
func (w *walk) act() {
	w.Clock.Advance(time.Duration(1+w.rand.IntN(40)) * time.Minute)
	acts := []struct {
		name string
		does func()
	}{
		{"thief logs in", func() { w.thief() }},
		{"thief changes the address", func() { w.enter(w.thief(), w.pick("thief@example.net", "thief2@example.net")) }},
		{"thief changes the address", func() { w.enter(w.thief(), w.pick("thief@example.net", "thief2@example.net")) }},
		{"thief enters the person's address", func() { w.enter(w.thief(), "ulla@example.com") }},
		{"thief changes the password", func() {
			w.thief().Post("/account/password", "password", w.passwords[len(w.passwords)-1], "new_password", stolen)
			w.passwords = append(w.passwords, stolen)
		}},
		{"anybody asks for a link", func() { w.Client().Post("/login/forgot", "login_id", "ulla") }},
		{"thief presses everything", w.thiefPresses},
		{"thief presses a link", func() { w.pressOne("thief", stolen) }},
		{"person presses a link", func() { w.pressOne("ulla@", "eight loud mountains part") }},
		{"person presses a link of the second mailbox", func() { w.pressOne("ursula@", "eight loud mountains part") }},
		{"person says that it was somebody else", func() {
			if links := w.links("ulla@", "/not-me/"); len(links) > 0 {
				w.press(links[len(links)-1], "")
			}
		}},
		{"person changes the address", func() {
			b := w.Client()
			b.Login("ulla", "eight loud mountains part", "")
			w.enter(b, "ursula@example.com")
		}},
		{"administrator edits", func() { w.repair(w.as(w.admin), w.user, w.pick("ulla@example.com", "ursula@example.com")) }},
		{"administrator mails a link", func() { w.as(w.admin).Post(w.at + "/password-link") }},
		{"administrator suspends", func() { w.as(w.admin).Post(w.at + "/suspend") }},
		{"administrator reactivates", func() { w.as(w.admin).Post(w.at + "/reactivate") }},
	}
	one := acts[w.rand.IntN(len(acts))]
	w.acts = append(w.acts, one.name)
	one.does()
}

func (w *walk) pick(of ...string) string { return of[w.rand.IntN(len(of))] }

// thief returns a browser. The thief is logged in if any known password works.
func (w *walk) thief() *porticotest.Client {
	b := w.Client()
	for _, password := range w.passwords {
		if b.Login("ulla", password, ""); isLoggedIn(b) {
			w.sessions = append(w.sessions, b)
			return b
		}
	}
	return b
}

// enter saves a new address in the profile, and often opens the link that is
// mailed to it.
func (w *walk) enter(b *porticotest.Client, to string) {
	b.Post("/account/profile", "first_name", "Ulla", "last_name", "Tester", "email", to)
	if links := w.links(to, "/email/"); len(links) > 0 && w.rand.IntN(3) > 0 {
		w.press(links[len(links)-1], "")
	}
}

var everyLink = []string{"/not-me/", "/password/", "/email/", "/unlock/", "/activate/"}

func (w *walk) pressOne(mailbox, password string) {
	if links := w.links(mailbox, everyLink...); len(links) > 0 {
		w.press(links[w.rand.IntN(len(links))], password)
		w.learn(password)
	}
}

// thiefPresses opens every link in the thief's mailboxes, including those in
// mails that this causes.
func (w *walk) thiefPresses() {
	for range 2 {
		links := w.links("thief", everyLink...)
		w.rand.Shuffle(len(links), func(i, j int) { links[i], links[j] = links[j], links[i] })
		for _, link := range links {
			w.press(link, stolen)
		}
	}
	w.learn(stolen)
}

func (w *walk) learn(password string) {
	if password == stolen {
		w.passwords = append(w.passwords, stolen)
	}
}
