package portico

// AddressState is the mail address of an account with its history, as far as it
// decides which mailed links still work. Every change of the address raises
// Version.
type AddressState struct {
	Email   string
	Version int64
	Settled int64 // the version when an administrator last decided about the account
}

// To returns the state after a change of the address. settles is true if an
// administrator, an import or a command makes the change.
func (s AddressState) To(email string, settles bool) AddressState {
	if email != s.Email {
		s.Email, s.Version = email, s.Version+1
	}
	if settles {
		s.Settled = s.Version
	}
	return s
}

// MailedLink is the address that a link was mailed to, and the version of the
// account's address at that time.
type MailedLink struct {
	Email   string
	Version int64
	Reports bool // it was mailed to a replaced address: it notifies the administrators, and stops a reset
}

// Holds reports whether a link that gives access to the account was mailed to
// its present address.
func (l MailedLink) Holds(s AddressState) bool { return l.Email == s.Email && l.Version == s.Version }

// EndedBy reports whether this "This wasn't me" link must end because another
// one was used. Earlier links stay valid: they were mailed to an earlier
// address, which may be the one that belongs to the person.
func (l MailedLink) EndedBy(pressed MailedLink) bool { return l.Version >= pressed.Version }

// UnauthorizedStep says what happens when the button behind a "This wasn't me" link is
// pressed. The zero value is that of a link that no longer works.
type UnauthorizedStep struct {
	Reports  bool // notify the administrators
	SetsBack bool // change the address back to the one that the link was mailed to
	Ends     bool // end everything that was issued, and stop accepting the password
	Suspends bool // suspend the account until an administrator reactivates it
	Mails    bool // mail a link to choose a new password
}

// UnauthorizedNotified says who is notified that a user has pressed "This wasn't me".
type UnauthorizedNotified string

const (
	NotifiedNobody         UnauthorizedNotified = ""               // there is nobody who can help
	NotifiedAdministrators UnauthorizedNotified = "administrators" // the customer's other administrators
	NotifiedProvider       UnauthorizedNotified = "provider"       // operators, because there is no other administrator
)

// NextUnauthorized decides what a "This wasn't me" link does; nothing else does. It is
// pure, like NextReset. A link undoes what was changed from inside the account
// since the link was mailed, but nothing that an administrator has decided
// since then: somebody who had an address that an administrator replaced must
// not be able to take it back. resetOpen says that a 2FA reset of the account
// is open. The links mailed to a replaced address stop that as well, because the
// requester may have replaced the address. While the customer is suspended, no
// link would work.
func NextUnauthorized(l MailedLink, s AddressState, status Status, resetOpen, customerSuspended bool) UnauthorizedStep {
	active := status == Active
	switch {
	case l.Reports:
		return UnauthorizedStep{Reports: true, Suspends: active && resetOpen}
	case l.Version < s.Settled || l.Version > s.Version:
		return UnauthorizedStep{}
	case l.Version == s.Version && l.Email != s.Email: // mailed before versions were counted
		return UnauthorizedStep{Reports: true}
	}
	return UnauthorizedStep{
		Reports: true, SetsBack: l.Email != s.Email, Ends: true,
		Suspends: active && resetOpen, Mails: active && !resetOpen && !customerSuspended,
	}
}
