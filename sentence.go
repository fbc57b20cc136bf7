package portico

import (
	"slices"
	"strings"
)

// sentences says what happened in each action. Each text continues a sentence
// that begins with the actor's name. self is for events about the actor or
// about nobody; other is for events about somebody else, whose name replaces
// %s.
var sentences = map[Action]struct{ self, other string }{
	CustomerCreated:              {"created the customer", ""},
	CustomerChanged:              {"changed the customer's name, brand or logo", ""},
	CustomerSuspended:            {"suspended the customer: nobody of it can log in", ""},
	CustomerReactivated:          {"let the customer's people log in again", ""},
	ProviderAccessRevoked:        {"revoked the provider's access", ""},
	ProviderAccessGranted:        {"granted the provider access", ""},
	ImportStarted:                {"started an import of users", ""},
	ImportStopped:                {"stopped an import of users", ""},
	ImportDiscarded:              {"discarded an import of users", ""},
	ImportEnded:                  {"finished an import of users", ""},
	PeopleExported:               {"downloaded the list of people", ""},
	UsersImported:                {"created users by an import", ""},
	LoginIDTaken:                 {"asked for login IDs that others have", ""},
	UserExempted:                 {"was exempted from 2FA", "exempted %s from 2FA for a while"},
	ExemptionEnded:               {"ended an exemption from 2FA", "ended the exemption of %s from 2FA"},
	AuditTrimmed:                 {"deleted old events of this log, as the policy says", ""},
	CountsRefused:                {"refused counts of events that it did not write: somebody changed the database", ""},
	UserCreated:                  {"created the own user", "created the user %s"},
	UserInvited:                  {"was invited", "invited %s"},
	InvitationWithdrawn:          {"withdrew an invitation", "withdrew the invitation of %s"},
	UserActivated:                {"activated the account, with a login ID and a password", "activated the account of %s"},
	UserEdited:                   {"changed the own profile", "changed the profile of %s"},
	UserRoleChanged:              {"changed a role", "changed the role of %s"},
	UserSuspended:                {"suspended a user", "suspended %s, whose log-ins ended"},
	UserReactivated:              {"reactivated a user", "let %s log in again"},
	PasswordLinkSent:             {"sent a link to choose a new password", "sent %s a link to choose a new password"},
	PasswordChanged:              {"changed the own password", "changed the password of %s"},
	LoginPassword:                {"accepted a password and asked for the code", "accepted the password of %s and asked for the code"},
	LoginDone:                    {"logged in", "logged %s in"},
	LoginRefused:                 {"refused a log-in", "refused a log-in as %s"},
	LogoutDone:                   {"logged out", "logged %s out"},
	ConfirmDone:                  {"confirmed the own identity", "confirmed the identity of %s"},
	ConfirmRefused:               {"failed to confirm the own identity", "refused to confirm the identity of %s"},
	SessionEnded:                 {"ended one of the own log-ins", "ended a log-in of %s"},
	SessionsEnded:                {"ended the own other log-ins", "ended all log-ins of %s"},
	BrowserRemembered:            {"let a browser be remembered: it asks for no code for a while", "let a browser of %s be remembered"},
	BrowserForgotten:             {"forgot remembered browsers: they ask for a code again", "forgot remembered browsers of %s"},
	DeviceUnlocked:               {"made a browser known by a mailed link", "made a browser of %s known by a mailed link"},
	CodeGuessing:                 {"saw many wrong codes after a right password: somebody may be guessing", "saw many wrong codes after the right password of %s: somebody may be guessing"},
	PasswordGuessing:             {"saw very many wrong passwords: somebody is guessing", "saw very many wrong passwords for %s: somebody is guessing"},
	UserUnlocked:                 {"cleared failed attempts", "cleared the failed attempts of %s"},
	RecoveryCreated:              {"made new recovery codes", "made new recovery codes for %s"},
	RecoveryUsed:                 {"used a recovery code", "used a recovery code of %s"},
	PasswordLinkAsked:            {"was asked for a link to choose a new password", "was asked for a link to choose a new password for %s"},
	UnauthorizedActivityReported: {"said that it was somebody else: the account is frozen until a new password is chosen", "froze the account of %s"},
	PolicyChanged:                {"changed the policy", ""},
	KeysRotated:                  {"rotated the keys that secrets are sealed with", ""},
	KeysReplaced:                 {"gave up the lost keys, and with them every authenticator, and made new ones", ""},
	PortalRestored:               {"restored the portal from a backup, which ended all log-ins and links", ""},
	PortalRepaired:               {"counted the people anew", ""},
	PortalAlarm:                  {"saw codes fail on many accounts", ""},
	MailGivenUp:                  {"gave up on a mail that could not be delivered", "gave up on a mail to %s that could not be delivered"},
	TwoFactorStarted:             {"started to set up 2FA", "started to set up 2FA for %s"},
	TwoFactorEnabledBy:           {"enabled 2FA", "enabled 2FA for %s"},
	TwoFactorRefused:             {"entered a wrong code while setting up 2FA", "refused a code of %s while 2FA was set up"},
	TwoFactorReplaced:            {"moved 2FA to a new phone", "moved 2FA of %s to a new phone"},
	TwoFactorSwitchOff:           {"disabled 2FA and kept its setup", "disabled 2FA of %s"},
	TwoFactorDeleted:             {"deleted the own 2FA setup", "deleted the 2FA setup of %s"},
	TwoFactorReset:               {"deleted a 2FA setup", "deleted the 2FA setup of %s"},
	ResetRequested:               {"asked to delete a 2FA setup", "asked to delete the 2FA setup of %s"},
	ResetProved:                  {"proved who asks for a 2FA setup to be deleted", "recorded a proof that it is %s who asks for the 2FA setup to be deleted"},
	ResetApproved:                {"approved that a 2FA setup is deleted", "approved that the 2FA setup of %s is deleted"},
	ResetWasCancelled:            {"kept the own 2FA setup from being deleted", "kept the 2FA setup of %s from being deleted"},
	ResetHasExpired:              {"let a request to delete a 2FA setup run out", "let the request to delete the 2FA setup of %s run out"},
	ResetStopped:                 {"was stopped from deleting a 2FA setup: too many in a short time", "was stopped from deleting the 2FA setup of %s: too many in a short time"},
	ResetFlagged:                 {"saw a new network after a deleted 2FA setup and a changed password", "saw %s log in from a new network, after a deleted 2FA setup and a changed password"},
	ResetCallMailed:              {"mailed a code to be read back by voice", "mailed %s a code to be read back by voice"},
	ResetCallRefused:             {"refused a code that was read back", "entered a wrong code that was read back by %s"},
	ResetCodeIssued:              {"made a one-time code to log in with", "made a one-time code for %s to log in with"},
	ResetCodeUsed:                {"logged in with a one-time code", "let %s log in with a one-time code"},
}

// Sentence returns the event as one plain sentence that says who did what to
// whom.
func (e Event) Sentence() string {
	s := sentences[e.Action]
	switch {
	case s.self == "": // an action from a newer version of the program
		s.self = "did: " + string(e.Action)
	case s.other != "" && e.TargetID != e.Actor.UserID && e.TargetName != "":
		return e.Actor.Name + " " + strings.Replace(s.other, "%s", e.TargetName, 1) + "."
	}
	return e.Actor.Name + " " + s.self + "."
}

// ByProvider reports whether the provider's own people did this in one of its
// customers.
func (e Event) ByProvider() bool {
	return e.Actor.Role == RoleOperator && e.CustomerID != ProviderID
}

// Actions returns every action, sorted by text.
func Actions() []Action {
	all := make([]Action, 0, len(actionText))
	for a := range actionText {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Action) int { return strings.Compare(a.Text(), b.Text()) })
	return all
}
