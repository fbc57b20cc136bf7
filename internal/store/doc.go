// Package store owns the database: every SQL statement, the transactions, the
// migrations, and what differs between engines (engine.go).
//
// It owns no rules: higher packages decide who may do what, and what follows
// from it. Reads are methods of Reader and writes are methods of Tx, so code
// inside View cannot write. A closure given to Update may run more than once:
// it must not send mail, hash passwords or use HTTP, and it must assign anew
// every outer variable that it sets.
//
// Methods that read or write a customer's rows take its CustomerID first, and
// find nothing in another customer. Methods without a CustomerID serve log-in
// itself, which starts from a login ID, a session or a link, and the jobs and
// commands of the portal that work on all customers.
//
// The SQL is one text for SQLite and PostgreSQL; TestSQLIsPortable says which
// rules it follows.
package store
