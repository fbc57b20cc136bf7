package portico

import "time"

// Action names what happened in an audit event. Names are stored and exported,
// so they must never be changed or reused for something else.
type Action string

const (
	CustomerCreated              Action = "customer.created"
	CustomerChanged              Action = "customer.changed"
	CustomerSuspended            Action = "customer.suspended"
	CustomerReactivated          Action = "customer.reactivated"
	ProviderAccessRevoked        Action = "customer.doors_closed"
	ProviderAccessGranted        Action = "customer.doors_opened"
	ImportStarted                Action = "import.started"
	ImportStopped                Action = "import.stopped"
	ImportDiscarded              Action = "import.discarded"
	ImportEnded                  Action = "import.ended"
	PeopleExported               Action = "people.exported"
	UsersImported                Action = "import.users_created"
	LoginIDTaken                 Action = "login_id.taken"
	UserExempted                 Action = "user.exempted"
	ExemptionEnded               Action = "user.exemption_ended"
	AuditTrimmed                 Action = "audit.trimmed"
	CountsRefused                Action = "audit.counts_refused"
	UserCreated                  Action = "user.created"
	UserInvited                  Action = "user.invited"
	InvitationWithdrawn          Action = "user.invitation_withdrawn"
	UserActivated                Action = "user.activated"
	UserEdited                   Action = "user.edited"
	UserRoleChanged              Action = "user.role_changed"
	UserSuspended                Action = "user.suspended"
	UserReactivated              Action = "user.reactivated"
	PasswordLinkSent             Action = "password.link_sent"
	PasswordChanged              Action = "password.changed"
	LoginPassword                Action = "login.password_accepted"
	LoginDone                    Action = "login.done"
	LoginRefused                 Action = "login.refused"
	LogoutDone                   Action = "logout.done"
	ConfirmDone                  Action = "confirm.done"
	ConfirmRefused               Action = "confirm.refused"
	SessionEnded                 Action = "session.ended"
	SessionsEnded                Action = "session.all_ended"
	BrowserRemembered            Action = "browser.remembered"
	BrowserForgotten             Action = "browser.forgotten"
	DeviceUnlocked               Action = "browser.unlocked"
	CodeGuessing                 Action = "factor.guessing"
	PasswordGuessing             Action = "password.guessing"
	UserUnlocked                 Action = "user.unlocked"
	RecoveryCreated              Action = "recovery.codes_created"
	RecoveryUsed                 Action = "recovery.code_used"
	PasswordLinkAsked            Action = "password.reset_asked"
	UnauthorizedActivityReported Action = "account.not_me"
	PolicyChanged                Action = "policy.changed"
	KeysRotated                  Action = "keys.rotated"
	KeysReplaced                 Action = "keys.replaced"
	PortalRestored               Action = "portal.restored"
	PortalRepaired               Action = "portal.repaired"
	PortalAlarm                  Action = "portal.alarm"
	MailGivenUp                  Action = "mail.given_up"
	TwoFactorStarted             Action = "two_factor.setup_started"
	TwoFactorEnabledBy           Action = "two_factor.enabled"
	TwoFactorRefused             Action = "two_factor.code_refused"
	TwoFactorReplaced            Action = "two_factor.replaced"
	TwoFactorSwitchOff           Action = "two_factor.disabled"
	TwoFactorDeleted             Action = "two_factor.deleted"
	TwoFactorReset               Action = "two_factor.deleted_by_administrator"
	ResetRequested               Action = "two_factor.reset_asked"
	ResetProved                  Action = "two_factor.reset_proved"
	ResetApproved                Action = "two_factor.reset_approved"
	ResetWasCancelled            Action = "two_factor.reset_cancelled"
	ResetHasExpired              Action = "two_factor.reset_expired"
	ResetStopped                 Action = "two_factor.reset_stopped"
	ResetFlagged                 Action = "two_factor.reset_flagged"
	ResetCallMailed              Action = "two_factor.reset_call_code_mailed"
	ResetCallRefused             Action = "two_factor.reset_call_code_refused"
	ResetCodeIssued              Action = "two_factor.one_time_code_made"
	ResetCodeUsed                Action = "two_factor.one_time_code_used"
)

// actionText is the text of each action in the audit log. The actor is shown in
// a column of its own, so each text continues a sentence that begins with the
// actor.
var actionText = map[Action]string{
	CustomerCreated:              "Created the customer",
	CustomerChanged:              "Changed the customer",
	CustomerSuspended:            "Suspended the customer",
	CustomerReactivated:          "Reactivated the customer",
	ProviderAccessRevoked:        "Revoked the provider's access",
	ProviderAccessGranted:        "Granted the provider access",
	ImportStarted:                "Started an import",
	ImportStopped:                "Stopped an import",
	ImportDiscarded:              "Discarded an import",
	ImportEnded:                  "Finished an import",
	PeopleExported:               "Downloaded the list of people",
	UsersImported:                "Created users by an import",
	LoginIDTaken:                 "Asked for login IDs that others have",
	UserExempted:                 "Exempted the user from 2FA",
	ExemptionEnded:               "Ended the exemption from 2FA",
	AuditTrimmed:                 "Deleted old events of the audit log",
	CountsRefused:                "Refused counts of events that the portal did not write",
	UserCreated:                  "Created the user",
	UserInvited:                  "Invited the user",
	InvitationWithdrawn:          "Withdrew the invitation",
	UserActivated:                "Activated the account",
	UserEdited:                   "Changed the profile",
	UserRoleChanged:              "Changed the role",
	UserSuspended:                "Suspended the user",
	UserReactivated:              "Reactivated the user",
	PasswordLinkSent:             "Sent a password link",
	PasswordChanged:              "Changed the password",
	LoginPassword:                "Password accepted, code asked for",
	LoginDone:                    "Logged in",
	LoginRefused:                 "Log-in refused",
	LogoutDone:                   "Logged out",
	ConfirmDone:                  "Confirmed the identity",
	ConfirmRefused:               "Confirmation refused",
	SessionEnded:                 "Ended a log-in",
	SessionsEnded:                "Ended log-ins",
	BrowserRemembered:            "Let a browser be remembered",
	BrowserForgotten:             "Forgot remembered browsers",
	DeviceUnlocked:               "Made a browser known by a mailed link",
	CodeGuessing:                 "Right password and many wrong codes: somebody may be guessing",
	PasswordGuessing:             "Very many wrong passwords: somebody is guessing",
	UserUnlocked:                 "Cleared the failed attempts",
	RecoveryCreated:              "Made recovery codes",
	RecoveryUsed:                 "Used a recovery code",
	PasswordLinkAsked:            "Asked for a link to choose a new password",
	UnauthorizedActivityReported: "Said that it was somebody else",
	PolicyChanged:                "Changed the policy",
	KeysRotated:                  "Rotated the keys",
	KeysReplaced:                 "Gave up the lost keys, and with them every authenticator",
	PortalRestored:               "Restored the portal from a backup, which ended all log-ins and links",
	PortalRepaired:               "Counted the people anew",
	PortalAlarm:                  "Codes fail on many accounts",
	MailGivenUp:                  "Gave up on a mail that could not be delivered",
	TwoFactorStarted:             "Started the 2FA setup",
	TwoFactorEnabledBy:           "Enabled 2FA",
	TwoFactorRefused:             "2FA setup refused a code",
	TwoFactorReplaced:            "Moved 2FA to a new phone",
	TwoFactorSwitchOff:           "Disabled 2FA",
	TwoFactorDeleted:             "Deleted the own 2FA setup",
	TwoFactorReset:               "Deleted the 2FA setup of the user",
	ResetRequested:               "Asked to delete the 2FA setup of the user",
	ResetProved:                  "Recorded a proof of who asks for the 2FA setup to be deleted",
	ResetApproved:                "Approved that the 2FA setup is deleted",
	ResetWasCancelled:            "Cancelled the deletion of the 2FA setup",
	ResetHasExpired:              "The request to delete the 2FA setup has run out",
	ResetStopped:                 "Was stopped from deleting a 2FA setup: too many in a short time",
	ResetFlagged:                 "After a deleted 2FA setup: password changed, and logged in from a new network",
	ResetCallMailed:              "Mailed a code to be read back by voice",
	ResetCallRefused:             "Refused a code that was read back",
	ResetCodeIssued:              "Made a one-time code to log in with after the 2FA setup was deleted",
	ResetCodeUsed:                "Used the one-time code to log in",
}

// Text returns the words for the action, or its name if it has none.
func (a Action) Text() string {
	if t := actionText[a]; t != "" {
		return t
	}
	return string(a)
}

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
	Details    string // such as the reason given, or why something was refused
}

// Target returns the event with u as its target, and with u's name as it is
// now.
func (e Event) Target(u User) Event {
	e.CustomerID, e.TargetID, e.TargetName = u.CustomerID, u.ID, u.Name()
	if u.LoginID != "" {
		e.TargetName += " (" + u.LoginID + ")"
	}
	return e
}
