// Package auth owns log-in: passwords, the second factor's life cycle,
// sessions, links that stand in for a password, and Next, the one dispatcher
// that says which step a log-in takes.
//
// It does not own who may change other people (package people), nor cookies
// and pages (package web).
//
// One door: mint is the only function that makes a session, and it takes a
// proof of what was shown. Everything in doubt (an error, an unknown kind of
// factor, a missing row, a sealed key that does not open) makes none.
package auth
