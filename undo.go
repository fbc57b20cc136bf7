package portico

// AddressState is the mail address of an account, and how it came to be: what
// mailed links are held against. Every change of the address raises Version.
type AddressState struct {
	Email   string
	Version int64
	Settled int64 // the version in which an administrator last decided about the account
}

// To is the state after a change of the address. An administrator's change, an
// import's and a command's settle it.
func (s AddressState) To(email string, settles bool) AddressState {
	if email != s.Email {
		s.Email, s.Version = email, s.Version+1
	}
	if settles {
		s.Settled = s.Version
	}
	return s
}

// MailedLink is where a link was mailed to, and the version of the account's
// address then.
type MailedLink struct {
	Email   string
	Version int64
	Reports bool // it tells the administrators, and changes nothing
}

// Holds reports whether a link that lets somebody in is still in the hands of
// the person of the account.
func (l MailedLink) Holds(s AddressState) bool { return l.Email == s.Email && l.Version == s.Version }

// EndedBy reports whether a "This wasn't me" link ends when the button behind
// another one is pressed. Links from before that one stay: they were mailed to
// an earlier address, which may be the one of the person.
func (l MailedLink) EndedBy(pressed MailedLink) bool { return l.Version >= pressed.Version }

// NotMeStep is what the button behind a "This wasn't me" link does. The zero
// value is that of a link that no longer works.
type NotMeStep struct {
	Reports  bool // the administrators are told; of itself it changes nothing
	SetsBack bool // the address becomes the one that the link was mailed to
	Ends     bool // everything issued ends, and the password lets nobody in
	Suspends bool // an administrator has to let the person in again
	Mails    bool // a link to choose a new password is mailed
}

// NextNotMe is the one dispatcher of "This wasn't me". It is pure, as NextReset
// is. A link undoes the changes that the account has made itself since it was
// mailed, and none that an administrator has decided about since: whoever held
// an address that an administrator has replaced cannot take it back. resetOpen
// says that somebody asks to delete the 2FA setup.
func NextNotMe(l MailedLink, s AddressState, status Status, resetOpen bool) NotMeStep {
	switch {
	case l.Reports:
		return NotMeStep{Reports: true}
	case l.Version < s.Settled || l.Version > s.Version:
		return NotMeStep{}
	case l.Version == s.Version && l.Email != s.Email: // mailed before versions were counted
		return NotMeStep{Reports: true}
	}
	active := status == Active
	return NotMeStep{
		Reports: true, SetsBack: l.Email != s.Email, Ends: true,
		Suspends: active && resetOpen, Mails: active && !resetOpen,
	}
}
