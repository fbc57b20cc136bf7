// Package users owns what an actor may change about one user, or about several
// selected ones: creating and inviting them, their profile, role and status,
// exemptions from required 2FA, and reminders of it. It also owns the lists and
// counts of users.
//
// It decides for the packages above it whether an actor may act on a user
// (Target, CheckPermission), and whether an account is old enough to decide for
// others (Established, AdminsOf).
//
// It does not own customers and their policies (package customers), imports
// (package imports), passwords, codes and sessions (package auth), or 2FA
// resets (package twofactorreset).
//
// A method that changes something for an actor takes the Actor, checks the
// actor's permission, and writes the event in the transaction of the change.
package users
