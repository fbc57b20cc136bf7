package portico

// Role is what a person is in the portal. The zero value has no permission.
type Role string

const (
	RoleUser          Role = "user"
	RoleHelpDesk      Role = "helpdesk"
	RoleAdministrator Role = "administrator"
	RoleOperator      Role = "operator"
)

// Permission names something an actor may do. A permission alone is not
// enough to act on a person: see Actor.MayActOn.
type Permission string

const (
	SeePeople        Permission = "see people"          // Administration and Access
	ResetTwoFactor   Permission = "reset two-factor"    // delete another's 2FA setup
	SendPasswordLink Permission = "send password link"  // mail a link to choose a new password
	ManagePeople     Permission = "manage people"       // create, invite, edit, suspend, change roles
	EndSessions      Permission = "end sessions"        // end another's log-ins
	SeeAudit         Permission = "see audit log"       // read the customer's audit log
	ManagePolicy     Permission = "manage policy"       // decide what the customer's people may leave out
	ManageCustomers  Permission = "manage customers"    // create and list customers
	ActAnywhere      Permission = "act in any customer" // the provider's own people
)

// Permissions lists every permission, for tests and documentation.
var Permissions = []Permission{SeePeople, ResetTwoFactor, SendPasswordLink, ManagePeople, EndSessions, SeeAudit, ManagePolicy, ManageCustomers, ActAnywhere}

// roles orders the roles and says what each may. Each holds what the one
// before it holds.
var roles = []struct {
	role Role
	name string
	adds []Permission
}{
	{RoleUser, "User", nil},
	{RoleHelpDesk, "Help desk", []Permission{SeePeople, ResetTwoFactor, SendPasswordLink}},
	{RoleAdministrator, "Administrator", []Permission{ManagePeople, EndSessions, SeeAudit, ManagePolicy}},
	{RoleOperator, "Operator", []Permission{ManageCustomers, ActAnywhere}},
}

// rank is -1 for an unknown role, which may nothing.
func (r Role) rank() int {
	for i := range roles {
		if roles[i].role == r {
			return i
		}
	}
	return -1
}

// Valid reports whether r is one of the four roles.
func (r Role) Valid() bool { return r.rank() >= 0 }

// String returns the name that people read, such as "Help desk".
func (r Role) String() string {
	if i := r.rank(); i >= 0 {
		return roles[i].name
	}
	return "Unknown role"
}

// Can reports whether the role holds the permission.
func (r Role) Can(p Permission) bool {
	for i := 0; i <= r.rank(); i++ {
		for _, has := range roles[i].adds {
			if has == p {
				return true
			}
		}
	}
	return false
}

// MayActOn reports whether somebody of role r may act on somebody of role
// other: administrators and operators on their equals and below, help desk on
// users alone.
func (r Role) MayActOn(other Role) bool {
	if !r.Valid() || !other.Valid() {
		return false
	}
	if r == RoleHelpDesk {
		return other == RoleUser
	}
	return r.rank() >= RoleAdministrator.rank() && r.rank() >= other.rank()
}

// Roles lists the roles that people have in a customer, or at the provider.
// What the provider decides holds for every customer's people by default, so
// there it is all of them.
func Roles(in CustomerID) []Role {
	all := []Role{RoleUser, RoleHelpDesk, RoleAdministrator, RoleOperator}
	if in != ProviderID {
		return all[:3]
	}
	return all
}

// Grantable lists the roles that somebody of role r may give in a customer.
// Operators belong to the provider alone, and so nobody becomes one in a
// customer.
func (r Role) Grantable(in CustomerID) []Role {
	if in == ProviderID {
		if r == RoleOperator {
			return []Role{RoleOperator}
		}
		return nil
	}
	if !r.Can(ManagePeople) {
		return nil
	}
	return []Role{RoleUser, RoleHelpDesk, RoleAdministrator}
}

// MayGrant reports whether r may give the role in that customer.
func (r Role) MayGrant(role Role, in CustomerID) bool {
	for _, g := range r.Grantable(in) {
		if g == role {
			return true
		}
	}
	return false
}

// LeadRole returns the role of which a customer always keeps one active
// person.
func LeadRole(in CustomerID) Role {
	if in == ProviderID {
		return RoleOperator
	}
	return RoleAdministrator
}
