// Package customers owns what an actor may change about a customer: its name,
// branding and status, its policy, provider access, and its deletion. It also mails each
// customer's administrators the checkpoints of their audit log.
//
// It does not own the users of a customer (package users). What a policy demands
// of a user is decided by portico.Policy, and enforced by the packages above.
//
// A method that changes something for an actor takes the Actor, checks the
// actor's permission, and writes the event in the transaction of the change.
package customers
