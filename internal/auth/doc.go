// Package auth owns log-in: passwords, the life cycle of 2FA, sessions, mailed
// links, the limits on guessing, and Next, the only function that decides which
// step a log-in needs next. It also owns the queue of mails that notify users
// about their accounts, and the rotation of the keys that secrets are sealed
// with.
//
// It does not own who may change other users (package users), 2FA resets
// (package twofactorreset), or cookies and pages (package web).
//
// newSession is the only function that creates a session, and it requires a Proof of
// what the user has shown. If anything is in doubt (an error, an unknown kind
// of authenticator, a missing row, a sealed key that cannot be opened), no
// session is created.
package auth
