package portico

import (
	"net/netip"
	"time"
)

// ActorKind says what kind of actor makes a change.
type ActorKind string

const (
	ActorUser        ActorKind = "user"         // a person with a session or a mailed link
	ActorCommandLine ActorKind = "command line" // somebody who may run the program on the server
	ActorSystem      ActorKind = "system"       // the portal itself
)

// Origin is where a request came from. Both fields are empty for the command
// line.
type Origin struct {
	Address string // network address of the client
	Browser string // User-Agent header, at most 200 characters
}

// Networks returns the address as widely as one subscriber has it, an IPv4
// address or an IPv6 /64, and the network around it, a /24 or a /48. It returns
// "" for both if Address is not an IP address.
func (o Origin) Networks() (subscriber, network string) {
	ip, err := netip.ParseAddr(o.Address)
	if err != nil {
		return "", ""
	}
	ip = ip.Unmap().WithZone("")
	one, around := 32, 24
	if ip.Is6() {
		one, around = 64, 48
	}
	return netip.PrefixFrom(ip, one).Masked().String(), netip.PrefixFrom(ip, around).Masked().String()
}

// Actor is who makes a change. Every change needs one, and its audit event
// keeps the actor's name as it was at that time. The zero Actor has no
// permissions.
type Actor struct {
	Kind       ActorKind
	UserID     UserID
	CustomerID CustomerID
	Role       Role
	Name       string // as shown in the audit log
	LoginID    string
	Origin     Origin

	// In is the customer that an operator has entered by provider access; it is
	// empty otherwise. An operator can act only in that customer and at the
	// provider.
	In CustomerID

	// SeesAudit is set if the customer's policy lets the help desk read its
	// audit log.
	SeesAudit bool

	// Admission is the session that admitted the actor. Every change checks the
	// session again in its own transaction. An actor of kind ActorUser cannot
	// change anything without one.
	Admission Admission
}

// Admission identifies a session, and says what must still hold when a change
// is made with it. It is not written to the audit log.
type Admission struct {
	Session   string // the hash of the session token, as stored
	Confirmed bool   // the person must have confirmed their identity within ConfirmationTTL
	Enrolling bool   // the session may belong to somebody who must set up 2FA first
	Rescuing  bool   // in place of the confirmation: a log-in by recovery code within ConfirmationTTL
}

// Admitted returns a copy of the actor that is admitted by a session.
func (a Actor) Admitted(by Admission) Actor {
	a.Admission = by
	return a
}

// Unadmitted returns a copy of the actor without a session. It is for events
// that must be recorded even if the session ends meanwhile, such as refused
// attempts.
func (a Actor) Unadmitted() Actor {
	a.Admission = Admission{}
	return a
}

// Names that are stored in place of a person's.
const (
	commandLineName Text = "Command line"
	portalName      Text = "Portal"

	DeletedName Text = "Deleted user" // of a person who was deleted
)

// ShownName returns a stored name as pages show it: those of no person in the
// reader's language.
func ShownName(name string) Message {
	for _, n := range []Text{commandLineName, portalName, DeletedName} {
		if name == string(n) {
			return Say(n)
		}
	}
	return Verbatim(name)
}

// Shown returns the actor's name as pages show it.
func (a Actor) Shown() Message {
	if a.Kind == ActorUser && a.UserID != "" {
		return Verbatim(a.Name)
	}
	return ShownName(a.Name)
}

// CommandLine returns the actor of the commands. Everybody who can read the
// data directory has full permissions, and the audit log names this actor.
func CommandLine() Actor {
	return Actor{Kind: ActorCommandLine, CustomerID: ProviderID, Role: RoleOperator, Name: string(commandLineName)}
}

// System returns the actor for changes that the portal makes by itself, or for
// somebody whose identity is not known yet.
func System(o Origin) Actor {
	return Actor{Kind: ActorSystem, CustomerID: ProviderID, Name: string(portalName), Origin: o}
}

// AsUser returns the actor for a person who has proved to be u.
func AsUser(u User, o Origin) Actor {
	return Actor{Kind: ActorUser, UserID: u.ID, CustomerID: u.CustomerID, Role: u.Role, Name: u.Name(), LoginID: u.LoginID, Origin: o}
}

// Can reports whether the actor has the permission in that customer. Only the
// provider's own people can act in a customer that is not their own: an
// operator in the customer that they have entered, the command line in every
// customer.
func (a Actor) Can(p Permission, in CustomerID) bool {
	switch a.Kind {
	case ActorCommandLine:
		return a.Role.Can(p)
	case ActorUser:
	default:
		return false
	}
	byPolicy := p == SeeAudit && a.SeesAudit && a.Role == RoleHelpDesk
	if !a.Role.Can(p) && !byPolicy {
		return false
	}
	return a.CustomerID == in || a.Role.Can(ActAnywhere) && in != "" && a.In == in
}

// Enter returns the actor of an operator inside a customer that grants provider
// access. It returns a Forbidden error if the actor is not an operator, or if
// the customer has revoked provider access, and a NotFound error once the
// deletion of the customer has begun.
func (a Actor) Enter(c Customer, now time.Time) (Actor, error) {
	if a.Kind != ActorUser || !a.Role.Can(ActAnywhere) {
		return Actor{}, E(Forbidden, "Your role does not give you access to other customers.")
	}
	if c.Deleting {
		return Actor{}, E(NotFound, "This customer is being deleted.")
	}
	if c.ID == ProviderID || !c.ProviderMayEnter(now) {
		return Actor{}, E(Forbidden, "This customer has revoked the provider's access. Its administrators can grant access for some hours.")
	}
	a.In = c.ID
	return a, nil
}

// MayActOn reports whether the actor may use the permission on that person.
// Nobody may use it on themselves: people change their own account on the
// Account page, which asks for their password and code. The command line is
// exempt from that rule.
func (a Actor) MayActOn(p Permission, u User) bool {
	return a.Can(p, u.CustomerID) && a.Role.MayActOn(u.Role) && (a.Kind == ActorCommandLine || a.UserID != u.ID)
}
