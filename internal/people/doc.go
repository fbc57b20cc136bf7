// Package people owns what an actor may change about other people and about
// their own profile: customers, users, invitations, imports, and a customer's
// policy.
//
// It does not own passwords, codes and sessions (package auth), or 2FA resets
// (package reset). A method that changes something for an actor takes the
// Actor, checks the actor's permission, and writes the event in the same
// transaction. The sentences that refuse a change are defined here.
package people
