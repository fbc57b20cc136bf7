// Package people owns what an actor may change about other people and about
// the own profile: customers, users, invitations, import, and deleting the 2FA
// setup of somebody who lost the phone.
//
// It does not own passwords, codes and sessions (package auth). Every method
// that changes something takes the Actor, asks whether the actor may, and
// writes the event in the same transaction; texts of refusals are here.
package people
