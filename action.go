package portico

import (
	"cmp"
	"slices"
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
	PasskeyGuessing              Action = "factor.passkey_refused"
	PasskeyUsedAnew              Action = "factor.passkey_new_browser"
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
	AuthenticatorAdded           Action = "two_factor.authenticator_added"
	AuthenticatorRenamed         Action = "two_factor.authenticator_renamed"
	AuthenticatorDeleted         Action = "two_factor.authenticator_deleted"
	TwoFactorReset               Action = "two_factor.deleted_by_administrator"
	AuthenticatorReset           Action = "two_factor.authenticator_deleted_by_administrator"
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
	text        Text       // in the list of actions to filter by
	self, other Text       // see Event.Message
	repeats     Repetition // who can make such events at will
	keyless     bool       // the provider's log may hold it without a MAC: see Action.Keyless
	details     details    // how to read Event.Details if they are fields; nil if they are text
}{
	CustomerCreated:     {text: "Created the customer", self: "{0} created the customer."},
	CustomerChanged:     {text: "Changed the name, brand, logo or default language", self: "{0} changed the name, brand, logo or default language."},
	CustomerSuspended:   {text: "Suspended the customer", self: "{0} suspended the customer: none of its users can log in."},
	CustomerReactivated: {text: "Reactivated the customer", self: "{0} reactivated the customer: its users can log in again."},
	CustomerDeletionRequested: {
		text: "Asked to delete the customer",
		self: "{0} asked to delete the customer, which is suspended until then.",
	},
	CustomerDeletionCancelled: {text: "Cancelled the deletion of the customer", self: "{0} cancelled the deletion of the customer."},
	CustomerDeleted:           {text: "Deleted the customer", self: "{0} deleted the customer with all its people."},
	CustomerExported:          {text: "Downloaded everything", self: "{0} downloaded everything: people, policy and audit log.", repeats: ByPerson},
	ProviderAccessRevoked:     {text: "Revoked the provider's access", self: "{0} revoked the provider's access."},
	ProviderAccessGranted:     {text: "Granted the provider access", self: "{0} granted the provider access."},
	ImportStarted:             {text: "Started an import", self: "{0} started an import of users."},
	ImportStopped:             {text: "Stopped an import", self: "{0} stopped an import of users."},
	ImportDiscarded:           {text: "Discarded an import", self: "{0} discarded an import of users."},
	ImportEnded:               {text: "Finished an import", self: "{0} finished an import of users."},
	PeopleExported:            {text: "Downloaded the list of people", self: "{0} downloaded the list of people.", repeats: ByPerson},
	UsersImported:             {text: "Created users by an import", self: "{0} created users by an import."},
	LoginIDTaken:              {text: "Asked for login IDs that others have", self: "{0} asked for login IDs that others have."},
	UserExempted:              {text: "Exempted the user from 2FA", self: "{0} was exempted from 2FA.", other: "{0} exempted {1} from 2FA for a while."},
	ExemptionEnded:            {text: "Ended the exemption from 2FA", self: "{0} ended an exemption from 2FA.", other: "{0} ended the exemption of {1} from 2FA."},
	AuditTrimmed:              {text: "Deleted old events of the audit log", self: "{0} deleted old events of this log, as the policy requires.", details: fields[TrimDetails]},
	DeletedLogEnded:           {text: "Deleted the audit log of a deleted customer", self: "{0} deleted the audit log of a deleted customer."},
	CountsRefused: {
		text: "Refused event counts that the portal did not write",
		self: "{0} refused event counts that it did not write: someone changed the database.",
	},
	UserCreated:         {text: "Created the user", self: "{0} created their own account.", other: "{0} created the user {1}."},
	UserInvited:         {text: "Invited the user", self: "{0} was invited.", other: "{0} invited {1}."},
	InvitationWithdrawn: {text: "Withdrew the invitation", self: "{0} withdrew an invitation.", other: "{0} withdrew the invitation of {1}."},
	UserActivated:       {text: "Activated the account", self: "{0} activated the account and chose a login ID and a password.", other: "{0} activated the account of {1}."},
	UserEdited:          {text: "Changed the profile", self: "{0} changed their own profile.", other: "{0} changed the profile of {1}."},
	UserRoleChanged:     {text: "Changed the role", self: "{0} changed a role.", other: "{0} changed the role of {1}."},
	UserSuspended:       {text: "Suspended the user", self: "{0} suspended a user.", other: "{0} suspended {1} and ended their sessions."},
	UserReactivated:     {text: "Reactivated the user", self: "{0} reactivated a user.", other: "{0} reactivated {1}."},
	UserReminded:        {text: "Reminded the user about 2FA", self: "{0} reminded a user about 2FA.", other: "{0} reminded {1} about 2FA."},
	UserDeleted:         {text: "Deleted the user", self: "{0} deleted a user.", other: "{0} deleted the user {1}.", details: fields[DeletionDetails]},
	LoginIDChanged:      {text: "Changed the login ID", self: "{0} changed a login ID.", other: "{0} changed the login ID of {1}."},
	PasswordLinkSent:    {text: "Sent a password link", self: "{0} sent a link to choose a new password.", other: "{0} sent {1} a link to choose a new password."},
	PasswordChanged:     {text: "Changed the password", self: "{0} changed their own password.", other: "{0} changed the password of {1}."},
	LoginPassword: {
		text:    "Password accepted, waiting for the second step",
		self:    "{0} accepted a password and waits for the second step.",
		other:   "{0} accepted the password of {1} and waits for the second step.",
		repeats: ByPerson,
	},
	LoginDone:    {text: "Logged in", self: "{0} logged in.", other: "{0} logged {1} in.", repeats: ByPerson},
	LoginRefused: {text: "Log-in refused", self: "{0} refused a log-in.", other: "{0} refused a log-in as {1}.", repeats: ByStrangers, details: fields[RefusalDetails]},
	LogoutDone:   {text: "Logged out", self: "{0} logged out.", other: "{0} logged {1} out.", repeats: ByPerson},
	ConfirmDone:  {text: "Confirmed the identity", self: "{0} confirmed their own identity.", other: "{0} confirmed the identity of {1}.", repeats: ByPerson},
	ConfirmRefused: {
		text:    "Confirmation refused",
		self:    "{0} failed to confirm their own identity.",
		other:   "{0} refused to confirm the identity of {1}.",
		repeats: ByPerson,
	},
	SessionEnded:  {text: "Ended a session", self: "{0} ended one of their own sessions.", other: "{0} ended a session of {1}.", repeats: ByPerson},
	SessionsEnded: {text: "Ended sessions", self: "{0} ended their other sessions.", other: "{0} ended all sessions of {1}.", repeats: ByPerson},
	BrowserRemembered: {
		text:  "Remembered a browser",
		self:  "{0} remembered a browser: it needs no code for a while.",
		other: "{0} remembered a browser of {1}.",
	},
	BrowserForgotten: {
		text:    "Forgot remembered browsers",
		self:    "{0} forgot remembered browsers: they need a code again.",
		other:   "{0} forgot remembered browsers of {1}.",
		repeats: ByPerson,
	},
	DeviceUnlocked: {
		text:  "Made a browser known with an emailed link",
		self:  "{0} made a browser known with an emailed link.",
		other: "{0} made a browser of {1} known with an emailed link.",
	},
	CodeGuessing: {
		text:  "Many failed second steps after the right password: someone may be guessing",
		self:  "{0} saw many failed second steps after a right password: someone may be guessing.",
		other: "{0} saw many failed second steps after the right password of {1}: someone may be guessing.",
	},
	PasskeyGuessing: {
		text:  "Many refused passkeys without a password: someone may have another's device",
		self:  "{0} saw many refused passkeys without a password: someone may have another's device.",
		other: "{0} saw many refused passkeys of {1} without a password: someone may have the device.",
	},
	PasskeyUsedAnew: {
		text:    "Used a passkey in a new browser",
		self:    "{0} used a passkey in a new browser.",
		other:   "{0} used a passkey of {1} in a new browser.",
		repeats: ByPerson,
	},
	PasswordGuessing: {
		text:    "Very many wrong passwords: someone is guessing",
		self:    "{0} saw very many wrong passwords: someone is guessing.",
		other:   "{0} saw very many wrong passwords for {1}: someone is guessing.",
		repeats: ByStrangers,
	},
	AddressUnlocked: {text: "Cleared the failed attempts of an address", self: "{0} cleared the failed attempts of an address."},
	UserUnlocked:    {text: "Cleared the failed attempts", self: "{0} cleared failed attempts.", other: "{0} cleared the failed attempts of {1}."},
	RecoveryCreated: {text: "Made recovery codes", self: "{0} made new recovery codes.", other: "{0} made new recovery codes for {1}."},
	RecoveryUsed:    {text: "Used a recovery code", self: "{0} used a recovery code.", other: "{0} used a recovery code of {1}."},
	PasswordLinkAsked: {
		text:    "Asked for a link to choose a new password",
		self:    "{0} was asked for a link to choose a new password.",
		other:   "{0} was asked for a link to choose a new password for {1}.",
		repeats: ByStrangers,
	},
	UnauthorizedActivityReported: {
		text:  "Reported that it was someone else",
		self:  "{0} reported that it was someone else: the account is frozen until a new password is chosen.",
		other: "{0} froze the account of {1}.",
	},
	PolicyChanged: {text: "Changed the policy", self: "{0} changed the policy."},
	KeysRotated:   {text: "Rotated the keys", self: "{0} rotated the keys that secrets are sealed with."},
	KeysReplaced: {
		text:    "Replaced the lost keys: no authenticator works any more",
		self:    "{0} replaced the lost keys by new ones: no authenticator works any more.",
		keyless: true,
	},
	PortalRestored: {
		text:    "Restored the portal from a backup: all sessions and links ended",
		self:    "{0} restored the portal from a backup: all sessions and links ended.",
		keyless: true,
	},
	PortalRepaired:      {text: "Recounted the people", self: "{0} recounted the people.", keyless: true},
	GuessingAlertRaised: {text: "Codes fail on many accounts", self: "{0} saw codes fail on many accounts."},
	MailRefused: {
		text: "Could not send an email: the mail server refuses the address",
		self: "{0} could not send an email: the mail server refuses the address.", other: "{0} could not send an email to {1}: the mail server refuses the address.", repeats: ByPerson,
	},
	MailGivenUp: {
		text:  "Gave up on an email that could not be delivered",
		self:  "{0} gave up on an email that could not be delivered.",
		other: "{0} gave up on an email to {1} that could not be delivered.",
	},
	TwoFactorStarted:   {text: "Started the 2FA setup", self: "{0} started to set up 2FA.", other: "{0} started to set up 2FA for {1}.", repeats: ByPerson},
	TwoFactorEnabledBy: {text: "Enabled 2FA", self: "{0} enabled 2FA.", other: "{0} enabled 2FA for {1}."},
	TwoFactorRefused: {
		text:    "Wrong code or refused passkey during the 2FA setup",
		self:    "{0} entered a wrong code or used a refused passkey while setting up 2FA.",
		other:   "{0} refused a code or passkey of {1} during the 2FA setup.",
		repeats: ByPerson,
	},
	TwoFactorReplaced:  {text: "Replaced an authenticator", self: "{0} replaced an authenticator.", other: "{0} replaced an authenticator of {1}."},
	TwoFactorSwitchOff: {text: "Disabled 2FA", self: "{0} disabled 2FA and kept its setup.", other: "{0} disabled 2FA of {1}."},
	TwoFactorDeleted:   {text: "Deleted their own 2FA setup", self: "{0} deleted their own 2FA setup.", other: "{0} deleted the 2FA setup of {1}."},
	AuthenticatorAdded: {text: "Added an authenticator", self: "{0} added an authenticator.", other: "{0} added an authenticator of {1}."},
	AuthenticatorRenamed: {
		text:    "Renamed an authenticator",
		self:    "{0} renamed an authenticator.",
		other:   "{0} renamed an authenticator of {1}.",
		repeats: ByPerson,
	},
	AuthenticatorDeleted: {text: "Deleted an authenticator", self: "{0} deleted an authenticator.", other: "{0} deleted an authenticator of {1}."},
	TwoFactorReset: {
		text:    "Deleted the 2FA setup of the user",
		self:    "{0} deleted a 2FA setup.",
		other:   "{0} deleted the 2FA setup of {1}.",
		details: fields[ResetDetails],
	},
	AuthenticatorReset: {
		text:    "Deleted an authenticator of the user",
		self:    "{0} deleted an authenticator of a user.",
		other:   "{0} deleted an authenticator of {1}, whose others stay.",
		details: fields[ResetDetails],
	},
	ResetRequested: {text: "Asked to delete the 2FA setup of the user", self: "{0} asked to delete a 2FA setup.", other: "{0} asked to delete the 2FA setup of {1}."},
	ResetProved: {
		text:  "Recorded how the caller's identity was verified",
		self:  "{0} recorded how the caller's identity was verified.",
		other: "{0} recorded how it was verified that the caller is {1}.",
	},
	ResetApproved: {
		text:  "Approved the deletion of the 2FA setup",
		self:  "{0} approved the deletion of a 2FA setup.",
		other: "{0} approved the deletion of the 2FA setup of {1}.",
	},
	ResetWasCancelled: {
		text:  "Cancelled the deletion of the 2FA setup",
		self:  "{0} cancelled the deletion of their own 2FA setup.",
		other: "{0} cancelled the deletion of the 2FA setup of {1}.",
	},
	ResetHasExpired: {
		text:  "The request to delete the 2FA setup has expired",
		self:  "{0} ended a request to delete a 2FA setup, which had expired.",
		other: "{0} ended the request to delete the 2FA setup of {1}, which had expired.",
	},
	ResetStopped: {
		text:  "Was blocked from deleting a 2FA setup: too many in a short time",
		self:  "{0} was blocked from deleting a 2FA setup: too many in a short time.",
		other: "{0} was blocked from deleting the 2FA setup of {1}: too many in a short time.",
	},
	ResetFlagged: {
		text:  "Suspicious log-in after a 2FA setup was deleted",
		self:  "{0} saw a log-in from a new network after a 2FA setup was deleted and the password changed.",
		other: "{0} saw {1} log in from a new network, after the 2FA setup was deleted and the password changed.",
	},
	ResetCallMailed: {
		text:  "Emailed a code to be read back on the phone",
		self:  "{0} emailed a code to be read back on the phone.",
		other: "{0} emailed {1} a code to be read back on the phone.",
	},
	ResetCallRefused: {
		text:  "Refused a code that was read back",
		self:  "{0} refused a code that was read back.",
		other: "{0} entered a wrong code that {1} read back.",
	},
	ResetCodeIssued: {
		text:  "Made a reset code for the next log-in",
		self:  "{0} made a reset code for the next log-in.",
		other: "{0} made a reset code for the next log-in of {1}.",
	},
	ResetCodeUsed: {text: "Logged in with the reset code", self: "{0} logged in with a reset code.", other: "{0} logged {1} in with a reset code."},
}

// ActionsOfResets returns the actions by which somebody deletes another user's 2FA
// setup or one authenticator of it.
func ActionsOfResets() []Action { return []Action{TwoFactorReset, AuthenticatorReset} }

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
func (a Action) Text() Text {
	if t := actions[a].text; t != "" {
		return t
	}
	return Text(a)
}

// Actions returns every action, sorted by text.
func Actions() []Action {
	all := make([]Action, 0, len(actions))
	for a := range actions {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Action) int { return cmp.Compare(a.Text(), b.Text()) })
	return all
}
