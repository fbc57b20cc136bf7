// Package twofactorreset owns 2FA resets: the request to delete another user's
// 2FA setup, from the moment that somebody makes it until it is done, cancelled
// or expired. It checks who is calling, asks for approval, limits how many
// requests one administrator makes, and mails everybody concerned.
//
// It does not decide what a request needs next (portico.NextReset does, from what
// is stored), or what the log-in after a reset needs (auth.Next). A reset of a
// password is a mailed link, and belongs to packages auth and users.
//
// Each change reads the request, its users and the policy again, in the
// transaction that stores the change.
package twofactorreset
