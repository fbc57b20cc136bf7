package portico

// Role is the role of a person. The zero Role has no permissions.
type Role string

const (
	RoleUser          Role = "user"
	RoleHelpDesk      Role = "helpdesk"
	RoleAdministrator Role = "administrator"
	RoleOperator      Role = "operator"
)

// Permission names something that an actor may do. A permission alone is not
// enough to act on a person; see Actor.MayActOn.
type Permission string

const (
	SeePeople        Permission = "see people"          // use Administration and Access
	ResetTwoFactor   Permission = "reset two-factor"    // delete somebody else's 2FA setup
	SendPasswordLink Permission = "send password link"  // mail a link to choose a new password
	ManagePeople     Permission = "manage people"       // create, invite, edit, suspend, change roles
	EndSessions      Permission = "end sessions"        // end somebody else's sessions
	SeeAudit         Permission = "see audit log"       // read the customer's audit log
	ManagePolicy     Permission = "manage policy"       // change the customer's policy
	ManageCustomers  Permission = "manage customers"    // create and list customers
	ActAnywhere      Permission = "act in any customer" // act in customers that grant provider access
)

// Permissions lists every permission, for tests and documentation.
var Permissions = []Permission{SeePeople, ResetTwoFactor, SendPasswordLink, ManagePeople, EndSessions, SeeAudit, ManagePolicy, ManageCustomers, ActAnywhere}

// roles lists the roles in ascending order, with the permissions that each
// adds. A role also has all permissions of the roles before it.
var roles = []struct {
	role Role
	name Text
	adds []Permission
}{
	{RoleUser, "User", nil},
	{RoleHelpDesk, "Help desk", []Permission{SeePeople, ResetTwoFactor, SendPasswordLink}},
	{RoleAdministrator, "Administrator", []Permission{ManagePeople, EndSessions, SeeAudit, ManagePolicy}},
	{RoleOperator, "Operator", []Permission{ManageCustomers, ActAnywhere}},
}

// rank returns the place of the role in roles. It is -1 for an unknown role,
// which has no permissions.
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

// String returns the name in English, such as "Help desk".
func (r Role) String() string { return string(r.Text()) }

// Text returns the name that pages show.
func (r Role) Text() Text {
	if i := r.rank(); i >= 0 {
		return roles[i].name
	}
	return "Unknown role"
}

// Can reports whether the role has the permission.
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
// other. Administrators and operators may act on their own role and those
// below; the help desk may act on users only.
func (r Role) MayActOn(other Role) bool {
	if !r.Valid() || !other.Valid() {
		return false
	}
	if r == RoleHelpDesk {
		return other == RoleUser
	}
	return r.rank() >= RoleAdministrator.rank() && r.rank() >= other.rank()
}

// Roles returns the roles that a customer's policy covers. For the provider
// these are all four, because its policy is the default for every customer.
func Roles(in CustomerID) []Role {
	all := []Role{RoleUser, RoleHelpDesk, RoleAdministrator, RoleOperator}
	if in != ProviderID {
		return all[:3]
	}
	return all
}

// Grantable returns the roles that somebody of role r may give in a customer.
// Operators belong to the provider, so nobody can become one in a customer.
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

// TopRole returns the top role of a customer. At least one active person must
// always have it.
func TopRole(in CustomerID) Role {
	if in == ProviderID {
		return RoleOperator
	}
	return RoleAdministrator
}
