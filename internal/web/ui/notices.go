package ui

import (
	"cmp"

	"portico"
)

// notice is what a page says after a change. Named is for where it is known whom
// or what the change was about, which is {0}; it is "" if that is never said.
type notice struct{ Plain, Named portico.Text }

// notices are shown after a change, by the key in the address.
var notices = map[string]notice{
	"enabled":                    {Plain: "Two Factor Authentication is enabled. From your next log-in, you need your authenticator."},
	"disabled":                   {Plain: "Two Factor Authentication is disabled. Your setup is kept. You can enable it again without a new scan."},
	"deleted":                    {Plain: "Your 2FA setup was deleted. You can remove your authenticators from the app or the device."},
	"moved":                      {Plain: "Two Factor Authentication has moved to your new phone. You can remove the entry from the old one."},
	"app-added":                  {Plain: "The authenticator app was added. You can log in with a code of any of your apps."},
	"app-added-off":              {Plain: "The authenticator app was added. It is kept until you enable Two Factor Authentication again."},
	"passkey-added":              {Plain: "The passkey was added. You can log in with it."},
	"passkey-name-cut":           {Plain: "The passkey was added. Of the name that you entered, at most 60 characters are kept, and no control characters. You can rename it."},
	"passkey-replaced":           {Plain: "The lost passkey was replaced. It no longer works."},
	"passkey-added-off":          {Plain: "The passkey was added. It is kept until you enable Two Factor Authentication again."},
	"passkey-limit":              {Plain: "You already have ten passkeys. Delete one before you add another."},
	"app-limit":                  {Plain: "You already have two authenticator apps. Delete one before you add another."},
	"authenticator-renamed":      {Plain: "The new name was saved."},
	"authenticator-deleted":      {Plain: "The authenticator was deleted. You can remove it from the app or the device."},
	"setup-over":                 {Plain: "This set-up has ended: it was finished already, or has expired. If you start again, you get a new QR code."},
	"password-changed":           {Plain: "Your password was changed. You were logged out everywhere else."},
	"profile-saved":              {Plain: "Your profile was saved."},
	"language-saved":             {Plain: "Your language was saved."},
	"email-asked":                {Plain: "Your profile was saved. Open the link that we emailed to your new address. Until then, your current address stays in use. We've notified it."},
	"email-cancelled":            {Plain: "The new address was cancelled. Its link no longer works."},
	"user-created":               {"The user was created. A welcome email with a link is on its way.", "{0} was created. A welcome email with a link is on its way."},
	"user-saved":                 {"The changes were saved.", "The changes to {0} were saved."},
	"invitation-sent":            {"A new invitation is on its way. The earlier link no longer works.", "A new invitation is on its way to {0}. The earlier link no longer works."},
	"invitation-withdrawn":       {"The invitation was withdrawn. Its link no longer works.", "The invitation of {0} was withdrawn. Its link no longer works."},
	"user-deleted":               {"The user was deleted. The audit log is kept. Nobody else can have the login ID for 30 days.", "{0} was deleted. The audit log is kept. Nobody else can have the login ID for 30 days."},
	"suspended":                  {"The user was suspended and logged out everywhere.", "{0} was suspended and logged out everywhere."},
	"reactivated":                {"The user can log in again.", "{0} can log in again."},
	"reactivated-mailed":         {"The user can log in again. A link to choose a new password is on its way.", "{0} can log in again. A link to choose a new password is on its way."},
	"password-link-sent":         {"A link to choose a new password is on its way. It works for 24 hours.", "A link to choose a new password is on its way to {0}. It works for 24 hours."},
	"reset-done":                 {"The 2FA setup was deleted. The next log-in needs only login ID and password.", "The 2FA setup of {0} was deleted. The next log-in needs only login ID and password."},
	"authenticator-reset":        {"The authenticator was deleted. The others work as before.", "An authenticator of {0} was deleted. The others work as before."},
	"authenticator-reset-lacks":  {"The authenticator was deleted. A passkey is required: after the next log-in, the user can only add one.", "An authenticator of {0} was deleted. A passkey is required: after the next log-in, the user can only add one."},
	"reset-done-code":            {"The 2FA setup was deleted. The next log-in needs the password and the reset code that was emailed, and can only set up 2FA.", "The 2FA setup of {0} was deleted. The next log-in needs the password and the reset code that was emailed, and can only set up 2FA."},
	"reset-done-held":            {"The 2FA setup was deleted. Hand over the reset code: it is shown once, below.", "The 2FA setup of {0} was deleted. Hand over the reset code: it is shown once, below."},
	"reset-asked":                {"Request sent. The user got an email, and can stop it without logging in.", "Request sent. {0} got an email, and can stop it without logging in."},
	"reset-approved":             {"You have approved the request.", "You have approved the request about {0}."},
	"reset-cancelled":            {"The request was cancelled. The 2FA setup stays as it is.", "The request about {0} was cancelled. The 2FA setup stays as it is."},
	"reset-kept":                 {Plain: "Your 2FA setup stays as it is. If you did not expect this, tell an administrator."},
	"reset-call":                 {"A code is on its way to the user. It works for 10 minutes.", "A code is on its way to {0}. It works for 10 minutes."},
	"reset-proved":               {"The verification is recorded.", "The verification of {0} is recorded."},
	"activated":                  {Plain: "Your account is ready, and you are logged in. Next time, log in with the login ID and password that you chose."},
	"activated-required":         {Plain: "Your account is ready, and you are logged in."},
	"password-saved":             {Plain: "Your new password was saved. Log in with it."},
	"logged-out":                 {Plain: "You are logged out."},
	"session-over":               {Plain: "Your session has ended. Log in again. If that does not work, ask your administrator."},
	"session-over-typed":         {Plain: "Your session ended before you sent the form, and nothing was changed. Log in: the form is then shown as you filled it in, so that you can check it and send it."},
	"session-over-lost":          {Plain: "Your session ended before you sent the form, and nothing was changed. What you entered could not be kept. Enter it again after you log in."},
	"session-over-file":          {Plain: "Your session ended before the file was uploaded, and nothing was changed. Files are not kept. Choose it again after you log in."},
	"session-over-button":        {Plain: "Your session ended before you pressed the button, and nothing was changed. Log in and press it again."},
	"form-restored":              {Plain: "Your session ended before you sent this form, so nothing was changed yet. Check what you entered, and send it again. Passwords and codes are not kept."},
	"login-over":                 {Plain: "That log-in took too long or had too many wrong codes. Enter your login ID and password again."},
	"recovered":                  {Plain: "You logged in with a recovery code. It won't work again."},
	"recovery-saved":             {Plain: "Your recovery codes are now hidden. Keep them where you can find them without your authenticator."},
	"recovery-over":              {Plain: "Your recovery codes are no longer shown. Make new ones if you did not save them."},
	"session-ended":              {Plain: "That session was ended."},
	"unlocked":                   {"The failed attempts are cleared. This user can log in at once.", "The failed attempts of {0} are cleared. This user can log in at once."},
	"sessions-ended":             {"The user was logged out everywhere.", "{0} was logged out everywhere."},
	"browser-forgotten":          {Plain: "That browser is no longer remembered."},
	"browser-known":              {Plain: "You can now log in with this browser, as usual."},
	"labels-changed":             {"The labels were changed.", "The labels were changed: {0}."},
	"several-suspended":          {"The users were suspended and logged out everywhere.", "The users were suspended and logged out everywhere: {0}."},
	"several-reactivated":        {"The users can log in again.", "The users can log in again: {0}."},
	"several-reactivated-mailed": {"The users can log in again. A link to choose a new password is on its way to those whose password has expired.", "The users can log in again: {0}. A link to choose a new password is on its way to those whose password has expired."},
	"roles-changed":              {"The roles were changed.", "The roles were changed: {0}."},
	"reminded":                   {"A reminder about 2FA is on its way.", "A reminder about 2FA is on its way to {0}."},
	"role-changed":               {"The role was changed.", "The role of {0} was changed."},
	"several-reminded":           {"Reminders about 2FA are on their way.", "Reminders about 2FA are on their way: {0}."},
	"several-invited":            {"New invitations are on their way. The earlier links no longer work.", "New invitations are on their way: {0}. The earlier links no longer work."},
	"customer-created":           {"The customer was created. Create its first administrator in Administration and Access.", "{0} was created. Create its first administrator in Administration and Access."},
	"customer-saved":             {Plain: "The changes were saved."},
	"customer-suspended":         {"The customer was suspended. All its users were logged out everywhere.", "{0} was suspended. All its users were logged out everywhere."},
	"customer-reactivated":       {"The customer is active again. Its users can log in again.", "{0} is active again. Its users can log in again."},
	"logo-saved":                 {Plain: "The logo was saved. It is shown from now on."},
	"logo-removed":               {Plain: "The logo was removed."},
	"access-revoked":             {Plain: "You have revoked the provider's access. Operators can no longer see or change your people, policy and audit log."},
	"access-granted":             {Plain: "Operators of the provider now have access."},
	"policy-saved":               {Plain: "The policy was saved. Rules with a date apply from that date, all others at once."},
	"reset-rules-saved":          {Plain: "The policy was saved. Rules with a date apply from that date, all others at once."},
	"policy-saved-held":          {Plain: "The policy was saved. Where it relaxes the rules for resets, the earlier, stricter rules still apply for 24 hours. Everything else applies at once, or from its date."},
	"exempted":                   {"The user is exempt from 2FA until that date.", "{0} is exempt from 2FA until that date."},
	"exemption-ended":            {"The exemption has ended.", "The exemption of {0} has ended."},
	"portal-ready-operator":      {Plain: "The portal is ready. No customer was created: create the first one once you are logged in. Log in with the password that you chose."},
	"portal-ready":               {Plain: "The portal is ready. Log in with the password that you chose."},
	"import-discarded":           {Plain: "The import and its file were discarded."},
	"customer-deletion":          {Plain: "The customer was suspended, and will be deleted."},
	"customer-kept":              {Plain: "The deletion was cancelled. The customer is still suspended."},
}

// unmailed are in place of notices if no mail server is set.
var unmailed = map[string]notice{
	"email-asked":                {Plain: "Your profile was saved, but not the new address: you would have to open a link in an email, and this portal has no mail server. Ask an administrator to change your address."},
	"user-created":               {"The user was created. This portal has no mail server, so no email is sent. Show the activation link below, and hand it over.", "{0} was created. This portal has no mail server, so no email is sent. Show the activation link below, and hand it over."},
	"invitation-sent":            {Plain: "The earlier link no longer works. This portal has no mail server, so no email is sent."},
	"reactivated-mailed":         {"The user can log in again, but needs a new password, and this portal has no mail server to send the link.", "{0} can log in again, but needs a new password, and this portal has no mail server to send the link."},
	"password-link-sent":         {Plain: "This portal has no mail server, so it cannot send the link."},
	"reset-done-code":            {"The 2FA setup was deleted. This portal has no mail server, so it cannot send the reset code. Make a new one, and hand it over.", "The 2FA setup of {0} was deleted. This portal has no mail server, so it cannot send the reset code. Make a new one, and hand it over."},
	"reset-asked":                {Plain: "Request sent. This portal has no mail server, so no email is sent."},
	"reset-call":                 {Plain: "This portal has no mail server, so it cannot send a code. Use another way."},
	"several-reactivated-mailed": {"The users can log in again. Some of them need a new password, and this portal has no mail server to send the links.", "The users can log in again: {0}. Some of them need a new password, and this portal has no mail server to send the links."},
	"reminded":                   {Plain: "This portal has no mail server, so no reminders are sent."},
	"several-reminded":           {Plain: "This portal has no mail server, so no reminders are sent."},
	"several-invited":            {Plain: "The earlier links no longer work. This portal has no mail server, so no emails are sent."},
}

// flashKind says what a notice is about: it chooses the box, the icon and
// whether a screen reader interrupts.
type flashKind string

const (
	flashSuccess flashKind = "success" // it was done
	flashWarning flashKind = "warning" // it was done in part, or the reader has to do something
	flashError   flashKind = "error"   // it was not done
)

// flashKinds are the kinds of those notices that are no success.
var flashKinds = map[string]flashKind{
	"setup-over": flashError, "app-limit": flashError, "passkey-limit": flashError, "recovery-over": flashError, "login-over": flashError,
	"session-over": flashWarning, "session-over-typed": flashWarning, "session-over-lost": flashWarning, "session-over-file": flashWarning,
	"session-over-button": flashWarning, "form-restored": flashWarning, "recovered": flashWarning,
}

// flash is a notice with its kind. The zero flash shows nothing.
type flash struct {
	Kind flashKind
	Text string
}

// flashOf returns what a page says after a change.
func flashOf(l Layout) flash {
	if n, is := unmailed[l.Notice]; is && l.NoMail {
		return flash{flashWarning, n.about(l)}
	}
	n, is := notices[l.Notice]
	if !is {
		return flash{}
	}
	return flash{cmp.Or(flashKinds[l.Notice], flashSuccess), n.about(l)}
}

// about returns the notice in the language of a page.
func (n notice) about(l Layout) string {
	if l.About == "" || n.Named == "" {
		return l.In().Text(n.Plain)
	}
	return l.In().Text(n.Named, l.About)
}
