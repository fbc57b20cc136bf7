// Package people owns what an actor may change about other people and about
// the own profile: customers, users, invitations, import, and a customer's
// policy.
//
// It does not own passwords, codes and sessions (package auth), nor the
// deleting of somebody else's 2FA setup (package reset). Every method that
// changes something takes the Actor, asks whether the actor may, and writes the
// event in the same transaction; texts of refusals are here.
package people
