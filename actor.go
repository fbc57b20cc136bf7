package portico

import (
	"net/netip"
	"time"
)

// ActorKind says through which door somebody acts.
type ActorKind string

const (
	ActorUser        ActorKind = "user"         // a person with a session or a link
	ActorCommandLine ActorKind = "command line" // whoever may run the program on its machine
	ActorSystem      ActorKind = "system"       // the portal itself
)

// Origin is where a request came from. Both are empty for the command line.
type Origin struct {
	Address string // network address of the peer
	Browser string // User-Agent, cut to 200 characters
}

// Network names the network around an address: an IPv4 /24, an IPv6 /48; "" when
// there is none.
func (o Origin) Network() string {
	ip, err := netip.ParseAddr(o.Address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	around := 24
	if ip.Is6() {
		around = 48
	}
	return netip.PrefixFrom(ip, around).Masked().String()
}

// Actor is who does something. Every change asks for one, and its audit event
// keeps the name as it was. The zero value may nothing.
type Actor struct {
	Kind       ActorKind
	UserID     UserID
	CustomerID CustomerID
	Role       Role
	Name       string // as shown in the audit log
	LoginID    string
	Origin     Origin

	// In is the customer that an operator has entered, by its open doors; empty
	// elsewhere. An operator acts in that one and at the provider alone.
	In CustomerID

	// SeesAudit is set where the customer lets the help desk read its audit log.
	SeesAudit bool

	// Admission is what a person was let in by. Every change reads it again in
	// its own transaction; without a session there is none, and no change.
	Admission Admission
}

// Admission is a session, and what it must still be when something is changed
// with it. The audit log keeps nothing of it.
type Admission struct {
	Session   string // the hash of its token, as it is stored
	Confirmed bool   // its person has proved to be there within ConfirmedTime
	Enrolling bool   // it may be of somebody who has to set up 2FA first
}

// Admitted is the same actor, let in by a session.
func (a Actor) Admitted(by Admission) Actor {
	a.Admission = by
	return a
}

// Unadmitted is the same actor without a session: for events that are written
// also when the session ends meanwhile, such as refused attempts.
func (a Actor) Unadmitted() Actor {
	a.Admission = Admission{}
	return a
}

// CommandLine is the actor of the commands: whoever can read the data
// directory may do everything, and the audit log says so.
func CommandLine() Actor {
	return Actor{Kind: ActorCommandLine, CustomerID: ProviderID, Role: RoleOperator, Name: "Command line"}
}

// System is the actor of what the portal does by itself, or for somebody it
// does not know yet.
func System(o Origin) Actor {
	return Actor{Kind: ActorSystem, CustomerID: ProviderID, Name: "Portal", Origin: o}
}

// AsUser is the actor of a person who proved to be u.
func AsUser(u User, o Origin) Actor {
	return Actor{Kind: ActorUser, UserID: u.ID, CustomerID: u.CustomerID, Role: u.Role, Name: u.Name(), LoginID: u.LoginID, Origin: o}
}

// Can reports whether the actor holds the permission in that customer. Only
// the provider's own people act in a customer that is not theirs: operators in
// the one they have entered, the command line everywhere.
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

// Enter is an operator's actor in a customer whose doors are open. Forbidden
// for anybody else, and where they are closed.
func (a Actor) Enter(c Customer, now time.Time) (Actor, error) {
	if a.Kind != ActorUser || !a.Role.Can(ActAnywhere) {
		return Actor{}, E(Forbidden, "Your role does not include other customers.")
	}
	if c.ID == ProviderID || !c.Open(now) {
		return Actor{}, E(Forbidden, "This customer has closed its doors to the provider. Its administrators can open them for some hours.")
	}
	a.In = c.ID
	return a, nil
}

// MayActOn reports whether the actor may use the permission on that person.
// Nobody uses one on oneself: one's own things are changed on the Account
// page, where the own password and code are asked for.
func (a Actor) MayActOn(p Permission, u User) bool {
	return a.Can(p, u.CustomerID) && a.Role.MayActOn(u.Role) && (a.Kind == ActorCommandLine || a.UserID != u.ID)
}
