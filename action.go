package portico

import (
	"slices"
	"strings"
)

// Action names what happened in an audit event. Names are stored and exported,
// so they must never be changed or reused for something else.
type Action string

// A new action gets a name here and an entry in actions.
const (
	CustomerCreated              Action = "customer.created"
	CustomerChanged              Action = "customer.changed"
	CustomerSuspended            Action = "customer.suspended"
	CustomerReactivated          Action = "customer.reactivated"
	CustomerDeletionRequested    Action = "customer.deletion_asked"
	CustomerDeletionCancelled    Action = "customer.deletion_cancelled"
	CustomerDeleted              Action = "customer.deleted"
	CustomerExported             Action = "customer.exported"
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
	DeletedLogEnded              Action = "audit.log_deleted"
	CountsRefused                Action = "audit.counts_refused"
	UserCreated                  Action = "user.created"
	UserInvited                  Action = "user.invited"
	InvitationWithdrawn          Action = "user.invitation_withdrawn"
	UserActivated                Action = "user.activated"
	UserEdited                   Action = "user.edited"
	UserRoleChanged              Action = "user.role_changed"
	UserSuspended                Action = "user.suspended"
	UserReactivated              Action = "user.reactivated"
	UserReminded                 Action = "user.reminded"
	UserDeleted                  Action = "user.deleted"
	LoginIDChanged               Action = "user.login_id_changed"
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
	AddressUnlocked              Action = "address.unlocked"
	RecoveryCreated              Action = "recovery.codes_created"
	RecoveryUsed                 Action = "recovery.code_used"
	PasswordLinkAsked            Action = "password.reset_asked"
	UnauthorizedActivityReported Action = "account.not_me"
	PolicyChanged                Action = "policy.changed"
	KeysRotated                  Action = "keys.rotated"
	KeysReplaced                 Action = "keys.replaced"
	PortalRestored               Action = "portal.restored"
	PortalRepaired               Action = "portal.repaired"
	GuessingAlertRaised          Action = "portal.alarm"
	MailGivenUp                  Action = "mail.given_up"
	MailRefused                  Action = "mail.refused"
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

// actions holds everything that is known of each action.
var actions = map[Action]struct {
	text        string     // in the list of actions to filter by
	self, other string     // see Event.Sentence
	repeats     Repetition // who can make such events at will
	keyless     bool       // the provider's log may hold it without a MAC: see Action.Keyless
	details     details    // how to read Event.Details if they are fields; nil if they are text
}{
	CustomerCreated:     {text: "Created the customer", self: "created the customer"},
	CustomerChanged:     {text: "Changed the customer", self: "changed the name, brand or logo"},
	CustomerSuspended:   {text: "Suspended the customer", self: "suspended the customer: none of its users can log in"},
	CustomerReactivated: {text: "Reactivated the customer", self: "reactivated the customer: its users can log in again"},
	CustomerDeletionRequested: {
		text: "Asked to delete the customer",
		self: "asked to delete the customer, which is suspended until then",
	},
	CustomerDeletionCancelled: {text: "Cancelled the deletion of the customer", self: "cancelled the deletion of the customer"},
	CustomerDeleted:           {text: "Deleted the customer", self: "deleted the customer with all its people"},
	CustomerExported:          {text: "Downloaded everything of the customer", self: "downloaded everything of the customer", repeats: ByPerson},
	ProviderAccessRevoked:     {text: "Revoked the provider's access", self: "revoked the provider's access"},
	ProviderAccessGranted:     {text: "Granted the provider access", self: "granted the provider access"},
	ImportStarted:             {text: "Started an import", self: "started an import of users"},
	ImportStopped:             {text: "Stopped an import", self: "stopped an import of users"},
	ImportDiscarded:           {text: "Discarded an import", self: "discarded an import of users"},
	ImportEnded:               {text: "Finished an import", self: "finished an import of users"},
	PeopleExported:            {text: "Downloaded the list of people", self: "downloaded the list of people", repeats: ByPerson},
	UsersImported:             {text: "Created users by an import", self: "created users by an import"},
	LoginIDTaken:              {text: "Asked for login IDs that others have", self: "asked for login IDs that others have"},
	UserExempted:              {text: "Exempted the user from 2FA", self: "was exempted from 2FA", other: "exempted %s from 2FA for a while"},
	ExemptionEnded:            {text: "Ended the exemption from 2FA", self: "ended an exemption from 2FA", other: "ended the exemption of %s from 2FA"},
	AuditTrimmed:              {text: "Deleted old events of the audit log", self: "deleted old events of this log, as the policy requires", details: fields[TrimDetails]},
	DeletedLogEnded:           {text: "Deleted the audit log of a deleted customer", self: "deleted the audit log of a deleted customer"},
	CountsRefused: {
		text: "Refused event counts that the portal did not write",
		self: "refused event counts that it did not write: someone changed the database",
	},
	UserCreated:         {text: "Created the user", self: "created their own account", other: "created the user %s"},
	UserInvited:         {text: "Invited the user", self: "was invited", other: "invited %s"},
	InvitationWithdrawn: {text: "Withdrew the invitation", self: "withdrew an invitation", other: "withdrew the invitation of %s"},
	UserActivated:       {text: "Activated the account", self: "activated the account and chose a login ID and a password", other: "activated the account of %s"},
	UserEdited:          {text: "Changed the profile", self: "changed their own profile", other: "changed the profile of %s"},
	UserRoleChanged:     {text: "Changed the role", self: "changed a role", other: "changed the role of %s"},
	UserSuspended:       {text: "Suspended the user", self: "suspended a user", other: "suspended %s and ended their sessions"},
	UserReactivated:     {text: "Reactivated the user", self: "reactivated a user", other: "reactivated %s"},
	UserReminded:        {text: "Reminded the user to set up 2FA", self: "reminded a user to set up 2FA", other: "reminded %s to set up 2FA"},
	UserDeleted:         {text: "Deleted the user", self: "deleted a user", other: "deleted the user %s", details: fields[DeletionDetails]},
	LoginIDChanged:      {text: "Changed the login ID", self: "changed a login ID", other: "changed the login ID of %s"},
	PasswordLinkSent:    {text: "Sent a password link", self: "sent a link to choose a new password", other: "sent %s a link to choose a new password"},
	PasswordChanged:     {text: "Changed the password", self: "changed their own password", other: "changed the password of %s"},
	LoginPassword: {
		text:    "Password accepted, waiting for the code",
		self:    "accepted a password and waits for the code",
		other:   "accepted the password of %s and waits for the code",
		repeats: ByPerson,
	},
	LoginDone:    {text: "Logged in", self: "logged in", other: "logged %s in", repeats: ByPerson},
	LoginRefused: {text: "Log-in refused", self: "refused a log-in", other: "refused a log-in as %s", repeats: ByStrangers, details: fields[RefusalDetails]},
	LogoutDone:   {text: "Logged out", self: "logged out", other: "logged %s out", repeats: ByPerson},
	ConfirmDone:  {text: "Confirmed the identity", self: "confirmed their own identity", other: "confirmed the identity of %s", repeats: ByPerson},
	ConfirmRefused: {
		text:    "Confirmation refused",
		self:    "failed to confirm their own identity",
		other:   "refused to confirm the identity of %s",
		repeats: ByPerson,
	},
	SessionEnded:  {text: "Ended a session", self: "ended one of their own sessions", other: "ended a session of %s", repeats: ByPerson},
	SessionsEnded: {text: "Ended sessions", self: "ended their other sessions", other: "ended all sessions of %s", repeats: ByPerson},
	BrowserRemembered: {
		text:  "Remembered a browser",
		self:  "remembered a browser: it needs no code for a while",
		other: "remembered a browser of %s",
	},
	BrowserForgotten: {
		text:    "Forgot remembered browsers",
		self:    "forgot remembered browsers: they need a code again",
		other:   "forgot remembered browsers of %s",
		repeats: ByPerson,
	},
	DeviceUnlocked: {
		text:  "Made a browser known with an emailed link",
		self:  "made a browser known with an emailed link",
		other: "made a browser of %s known with an emailed link",
	},
	CodeGuessing: {
		text:  "Many wrong codes after the right password: someone may be guessing",
		self:  "saw many wrong codes after a right password: someone may be guessing",
		other: "saw many wrong codes after the right password of %s: someone may be guessing",
	},
	PasswordGuessing: {
		text:    "Very many wrong passwords: someone is guessing",
		self:    "saw very many wrong passwords: someone is guessing",
		other:   "saw very many wrong passwords for %s: someone is guessing",
		repeats: ByStrangers,
	},
	AddressUnlocked: {text: "Cleared the failed attempts of an address", self: "cleared the failed attempts of an address"},
	UserUnlocked:    {text: "Cleared the failed attempts", self: "cleared failed attempts", other: "cleared the failed attempts of %s"},
	RecoveryCreated: {text: "Made recovery codes", self: "made new recovery codes", other: "made new recovery codes for %s"},
	RecoveryUsed:    {text: "Used a recovery code", self: "used a recovery code", other: "used a recovery code of %s"},
	PasswordLinkAsked: {
		text:    "Asked for a link to choose a new password",
		self:    "was asked for a link to choose a new password",
		other:   "was asked for a link to choose a new password for %s",
		repeats: ByStrangers,
	},
	UnauthorizedActivityReported: {
		text:  "Reported that it was someone else",
		self:  "reported that it was someone else: the account is frozen until a new password is chosen",
		other: "froze the account of %s",
	},
	PolicyChanged: {text: "Changed the policy", self: "changed the policy"},
	KeysRotated:   {text: "Rotated the keys", self: "rotated the keys that secrets are sealed with"},
	KeysReplaced: {
		text:    "Replaced the lost keys: no authenticator works any more",
		self:    "replaced the lost keys by new ones: no authenticator works any more",
		keyless: true,
	},
	PortalRestored: {
		text:    "Restored the portal from a backup: all sessions and links ended",
		self:    "restored the portal from a backup: all sessions and links ended",
		keyless: true,
	},
	PortalRepaired:      {text: "Recounted the people", self: "recounted the people", keyless: true},
	GuessingAlertRaised: {text: "Codes fail on many accounts", self: "saw codes fail on many accounts"},
	MailRefused: {
		text: "Could not send an email: the mail server refuses the address",
		self: "could not send an email: the mail server refuses the address", other: "could not send an email to %s: the mail server refuses the address", repeats: ByPerson,
	},
	MailGivenUp: {
		text:  "Gave up on an email that could not be delivered",
		self:  "gave up on an email that could not be delivered",
		other: "gave up on an email to %s that could not be delivered",
	},
	TwoFactorStarted:   {text: "Started the 2FA setup", self: "started to set up 2FA", other: "started to set up 2FA for %s", repeats: ByPerson},
	TwoFactorEnabledBy: {text: "Enabled 2FA", self: "enabled 2FA", other: "enabled 2FA for %s"},
	TwoFactorRefused: {
		text:    "Wrong code during the 2FA setup",
		self:    "entered a wrong code while setting up 2FA",
		other:   "refused a code of %s during the 2FA setup",
		repeats: ByPerson,
	},
	TwoFactorReplaced:  {text: "Moved 2FA to a new phone", self: "moved 2FA to a new phone", other: "moved 2FA of %s to a new phone"},
	TwoFactorSwitchOff: {text: "Disabled 2FA", self: "disabled 2FA and kept its setup", other: "disabled 2FA of %s"},
	TwoFactorDeleted:   {text: "Deleted their own 2FA setup", self: "deleted their own 2FA setup", other: "deleted the 2FA setup of %s"},
	TwoFactorReset: {
		text:    "Deleted the 2FA setup of the user",
		self:    "deleted a 2FA setup",
		other:   "deleted the 2FA setup of %s",
		details: fields[ResetDetails],
	},
	ResetRequested: {text: "Asked to delete the 2FA setup of the user", self: "asked to delete a 2FA setup", other: "asked to delete the 2FA setup of %s"},
	ResetProved: {
		text:  "Recorded how the caller's identity was verified",
		self:  "recorded how the caller's identity was verified",
		other: "recorded how it was verified that the caller is %s",
	},
	ResetApproved: {
		text:  "Approved the deletion of the 2FA setup",
		self:  "approved the deletion of a 2FA setup",
		other: "approved the deletion of the 2FA setup of %s",
	},
	ResetWasCancelled: {
		text:  "Cancelled the deletion of the 2FA setup",
		self:  "cancelled the deletion of their own 2FA setup",
		other: "cancelled the deletion of the 2FA setup of %s",
	},
	ResetHasExpired: {
		text:  "The request to delete the 2FA setup has expired",
		self:  "ended a request to delete a 2FA setup, which had expired",
		other: "ended the request to delete the 2FA setup of %s, which had expired",
	},
	ResetStopped: {
		text:  "Was blocked from deleting a 2FA setup: too many in a short time",
		self:  "was blocked from deleting a 2FA setup: too many in a short time",
		other: "was blocked from deleting the 2FA setup of %s: too many in a short time",
	},
	ResetFlagged: {
		text:  "Suspicious log-in after a 2FA setup was deleted",
		self:  "saw a log-in from a new network after a 2FA setup was deleted and the password changed",
		other: "saw %s log in from a new network, after the 2FA setup was deleted and the password changed",
	},
	ResetCallMailed: {
		text:  "Emailed a code to be read back on the phone",
		self:  "emailed a code to be read back on the phone",
		other: "emailed %s a code to be read back on the phone",
	},
	ResetCallRefused: {
		text:  "Refused a code that was read back",
		self:  "refused a code that was read back",
		other: "entered a wrong code that %s read back",
	},
	ResetCodeIssued: {
		text:  "Made a reset code for the next log-in",
		self:  "made a reset code for the next log-in",
		other: "made a reset code for the next log-in of %s",
	},
	ResetCodeUsed: {text: "Logged in with the reset code", self: "logged in with a reset code", other: "logged %s in with a reset code"},
}

// Repetition says who can make events of an action as often as they like, which
// is why their number in a log is bounded.
type Repetition string

const (
	Rarely      Repetition = ""          // nobody: each event is kept
	ByStrangers Repetition = "strangers" // also somebody who has proved nothing
	ByPerson    Repetition = "person"    // a user, at least with the password
)

// Repeats returns who can make events of the action at will.
func (a Action) Repeats() Repetition { return actions[a].repeats }

// Keyless reports whether the portal writes the action where it has no keyset.
// In the provider's log, such an event without a MAC is unproved, and not false.
func (a Action) Keyless() bool { return actions[a].keyless }

// Text returns the words for the action, or its name if it has none.
func (a Action) Text() string {
	if t := actions[a].text; t != "" {
		return t
	}
	return string(a)
}

// Actions returns every action, sorted by text.
func Actions() []Action {
	all := make([]Action, 0, len(actions))
	for a := range actions {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Action) int { return strings.Compare(a.Text(), b.Text()) })
	return all
}
