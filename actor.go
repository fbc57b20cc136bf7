package portico

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
// the provider's own people act in a customer that is not theirs.
func (a Actor) Can(p Permission, in CustomerID) bool {
	if a.Kind != ActorUser && a.Kind != ActorCommandLine {
		return false
	}
	return a.Role.Can(p) && (a.CustomerID == in || a.Role.Can(ActAnywhere))
}

// MayActOn reports whether the actor may use the permission on that person.
// Nobody uses one on oneself: one's own things are changed on the Account
// page, where the own password and code are asked for.
func (a Actor) MayActOn(p Permission, u User) bool {
	return a.Can(p, u.CustomerID) && a.Role.MayActOn(u.Role) && (a.Kind == ActorCommandLine || a.UserID != u.ID)
}
