// Package auth owns log-in: the life cycle of 2FA, sessions, what mailed links
// open, the limits on guessing, and Next, the only function that decides which
// step a log-in needs next.
//
// It does not own how passwords are hashed (package password), the queue of
// mails (package outbox), the rotation of keys (package maintenance), who may
// change other users (package users), 2FA resets (package twofactorreset), or
// cookies and pages (package web).
//
// newSession is the only function that creates a session, and it requires a Proof of
// what the user has shown. If anything is in doubt (an error, an unknown kind
// of authenticator, a missing row, a sealed key that cannot be opened), no
// session is created.
package auth
