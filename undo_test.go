package portico

import (
	"math/rand/v2"
	"testing"
)

func TestNextUnauthorized(t *testing.T) {
	now := AddressState{Email: "new", Version: 5, Settled: 3}
	cases := map[string]struct {
		l      MailedLink
		s      AddressState
		status Status
		open   bool
		want   UnauthorizedStep
	}{
		"the present address":             {MailedLink{Email: "new", Version: 5}, now, Active, false, UnauthorizedStep{Reports: true, Ends: true, Mails: true}},
		"the address before":              {MailedLink{Email: "old", Version: 4}, now, Active, false, UnauthorizedStep{Reports: true, SetsBack: true, Ends: true, Mails: true}},
		"the one that was settled":        {MailedLink{Email: "older", Version: 3}, now, Active, false, UnauthorizedStep{Reports: true, SetsBack: true, Ends: true, Mails: true}},
		"before it was settled":           {MailedLink{Email: "older", Version: 2}, now, Active, false, UnauthorizedStep{}},
		"of a version that is not there":  {MailedLink{Email: "new", Version: 6}, now, Active, false, UnauthorizedStep{}},
		"another address of this version": {MailedLink{Email: "old", Version: 5}, now, Active, false, UnauthorizedStep{Reports: true}},
		"a report":                        {MailedLink{Email: "old", Version: 4, Reports: true}, now, Active, false, UnauthorizedStep{Reports: true}},
		"a report that stops a reset":     {MailedLink{Email: "old", Version: 2, Reports: true}, now, Active, true, UnauthorizedStep{Reports: true, Suspends: true}},
		"a report of a suspended person":  {MailedLink{Email: "old", Version: 4, Reports: true}, now, Suspended, true, UnauthorizedStep{Reports: true}},
		"while a reset is asked for":      {MailedLink{Email: "new", Version: 5}, now, Active, true, UnauthorizedStep{Reports: true, Ends: true, Suspends: true}},
		"of a suspended person":           {MailedLink{Email: "old", Version: 4}, now, Suspended, true, UnauthorizedStep{Reports: true, SetsBack: true, Ends: true}},
		"back and forth":                  {MailedLink{Email: "new", Version: 4}, now, Active, false, UnauthorizedStep{Reports: true, Ends: true, Mails: true}},
	}
	for name, tc := range cases {
		if got := NextUnauthorized(tc.l, tc.s, tc.status, tc.open, false); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
		want := tc.want
		want.Mails = false
		if got := NextUnauthorized(tc.l, tc.s, tc.status, tc.open, true); got != want {
			t.Errorf("%s, while the customer is suspended: %+v, want %+v", name, got, want)
		}
	}
}

// undoWalk is an account that a thief, its owner and an administrator use: who
// knows the password, and which links are in whose mailbox.
type undoWalk struct {
	s         AddressState
	status    Status
	inside    bool // the thief has a session
	knows     bool // the thief knows the password, and it is accepted
	notMe     []MailedLink
	passwords []MailedLink // links to choose one
}

func thiefs(email string) bool { return email[0] == 't' }

func (w *undoWalk) tell() {
	w.notMe = append(w.notMe, MailedLink{Email: w.s.Email, Version: w.s.Version})
}

func (w *undoWalk) mailPassword() {
	w.passwords = append(w.passwords, MailedLink{Email: w.s.Email, Version: w.s.Version})
}

// own is a change of the address by somebody who is logged in.
func (w *undoWalk) own(to string) {
	w.tell()
	w.s = w.s.To(to, false)
}

func (w *undoWalk) choose(l MailedLink) {
	if w.status == Active && l.Holds(w.s) {
		w.inside, w.knows = false, thiefs(l.Email)
		w.passwords = nil
		w.tell()
	}
}

func (w *undoWalk) press(l MailedLink) {
	step := NextUnauthorized(l, w.s, w.status, false, false)
	if !step.Ends {
		return
	}
	var left []MailedLink
	for _, other := range w.notMe {
		if !other.EndedBy(l) {
			left = append(left, other)
		}
	}
	w.notMe, w.passwords = left, nil
	was := w.s.Email
	if step.SetsBack {
		w.s = w.s.To(l.Email, false)
		w.notMe = append(w.notMe, MailedLink{Email: was, Version: w.s.Version, Reports: true})
	}
	w.inside, w.knows = false, false
	if step.Mails {
		w.mailPassword()
	}
}

func (w *undoWalk) repair(email string) {
	was := w.s
	if w.s = w.s.To(email, email != w.s.Email); w.s != was { // mailed links stay in the mailboxes
		w.notMe = append(w.notMe, MailedLink{Email: was.Email, Version: was.Version, Reports: true})
	}
}

// TestUndoWalk checks that after any sequence of acts by the three, once the
// administrator has corrected the address and the owner has chosen a password,
// no link in the thief's mailboxes gives access or changes the address.
func TestUndoWalk(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 0))
		w := &undoWalk{s: AddressState{Email: "person"}, status: Active, knows: true}
		all := func(who bool) (notMe, passwords []MailedLink) {
			for _, l := range w.notMe {
				if thiefs(l.Email) == who {
					notMe = append(notMe, l)
				}
			}
			for _, l := range w.passwords {
				if thiefs(l.Email) == who {
					passwords = append(passwords, l)
				}
			}
			return notMe, passwords
		}
		step := func(thief bool) {
			notMe, passwords := all(thief)
			switch r.IntN(6) {
			case 0:
				w.inside = w.inside || thief && w.knows && w.status == Active
			case 1:
				if !thief || w.inside {
					w.own(map[bool][]string{true: {"thief", "thief2"}, false: {"person", "person2"}}[thief][r.IntN(2)])
				}
			case 2:
				w.mailPassword() // anybody may ask for a link
			case 3, 4:
				if len(notMe) > 0 {
					w.press(notMe[r.IntN(len(notMe))])
				}
			case 5:
				if len(passwords) > 0 {
					w.choose(passwords[r.IntN(len(passwords))])
				}
			}
		}
		for range 15 {
			switch r.IntN(5) {
			case 0, 1:
				step(true)
			case 2, 3:
				step(false)
			case 4:
				w.repair([]string{"person", "person2"}[r.IntN(2)])
			}
		}
		w.s = w.s.To("someone", true) // so that the last act is always a correction
		w.repair("person")
		w.mailPassword()
		_, passwords := all(false)
		w.choose(passwords[len(passwords)-1])
		for range 20 {
			if step(true); w.inside || w.knows || w.s.Email != "person" {
				t.Fatalf("walk %d: %+v", seed, w)
			}
		}
	}
}
