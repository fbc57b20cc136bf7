// Package portico is the vocabulary of the portal: customers, people, roles,
// actors, audit events and the errors that a person can act on.
//
// Portico is a customer administration portal: a self-hosted website that a
// service provider hands to its customers. The customers' people log in and
// protect their log-in with an authenticator app, and their administrators help
// those who are locked out.
//
// This package owns what things are called and who may do what. It does no I/O,
// does not know the database, HTTP or the clock, and imports only the standard
// library.
//
// # The ladder
//
// A package imports only from lower rungs, never from its own rung. TestLadder
// enforces this.
//
//	cmd/portico, porticotest, bench, packaging/licences, e2e and the programs below it
//	cli         one file per command; portal.go is the only wiring
//	web         HTTP: routes, guards, handlers, errors as pages
//	web/gallery every page in every state, with sample data
//	web/ui      pages: one typed struct each, templates, static files
//	twofactorreset  requests to delete another user's 2FA setup
//	imports     users from a CSV file
//	archive     the file with everything of one customer
//	users       what an actor may change about users; lists of them
//	customers   customers, branding, policies, provider access
//	maintenance keys, restored copies and indexes of a whole database
//	auth        log-in, second factor, sessions, throttle, Next
//	outbox      the queue of mails
//	audit       events, written in the transaction of the change they record
//	store       SQL
//	password    hashing, foreign hashes, which passwords are refused
//	spreadsheet what spreadsheet programs do to CSV files
//	portico     this package
//	config, totp, passkey, passkey/passkeytest, seal, mail, syslog, testdb,
//	store/storetest                     leaves; they import no other package of Portico but
//	locale      languages and messages
//
// # One request
//
// docs/architecture.md follows one request through these packages, from the
// route to the answer.
package portico
