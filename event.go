package portico

import (
	"strings"
	"time"
)

// Event is one line of a customer's audit log. It keeps the names as they were,
// so that it stays readable when the person or the customer has changed.
// Details must never hold a password, a key, a code or a link.
type Event struct {
	ID         string
	At         time.Time
	CustomerID CustomerID
	Action     Action
	Actor      Actor
	TargetID   UserID // whom the event is about; empty if it is about the customer
	TargetName string // name and login ID
	Details    string // such as the reason given, or why something was refused; for some actions, fields: see DetailsText

	// Told is what Details says, as a message. An event is recorded with one of the two.
	Told Message
}

// Target returns the event with u as its target, and with u's name as it is
// now.
func (e Event) Target(u User) Event {
	e.CustomerID, e.TargetID, e.TargetName = u.CustomerID, u.ID, u.NameAndLogin()
	return e
}

// LoginIDBefore returns the login ID that the target of an event had before it:
// the earlier one if the event changed it, and otherwise the one in the target's
// name. It returns "" if there was none.
func (e Event) LoginIDBefore() string {
	if e.Action == LoginIDChanged {
		change, is := strings.CutPrefix(e.Details, "From ")
		if !is {
			return ""
		}
		before, _, _ := strings.Cut(change, " to ")
		return before
	}
	at := strings.LastIndex(e.TargetName, " (") // see NameAndLogin; a login ID has no spaces
	if at < 0 {
		return ""
	}
	return strings.TrimSuffix(e.TargetName[at+2:], ")")
}

// Sentence returns the event as one plain sentence that says who did what to
// whom.
func (e Event) Sentence() string { return e.Message().String() }

// Message returns the sentence as a message, with {0} for the actor's name and {1}
// for the target's. It is the action's self if the event is about the actor or about
// nobody, and other if it is about somebody else.
func (e Event) Message() Message {
	does := actions[e.Action]
	switch {
	case does.self == "": // an action from a newer version of the program
		return Say("{0} did: {1}.", e.Actor.Shown(), string(e.Action))
	case does.other != "" && e.TargetID != e.Actor.UserID && e.TargetName != "":
		return Say(does.other, e.Actor.Shown(), e.TargetName)
	}
	return Say(does.self, e.Actor.Shown())
}

// ByProvider reports whether the provider's own people did this in one of its
// customers.
func (e Event) ByProvider() bool {
	return e.Actor.Role == RoleOperator && e.CustomerID != ProviderID
}
