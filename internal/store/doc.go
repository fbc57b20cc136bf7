// Package store owns the database: every SQL statement, the transactions, the
// migrations, and what is different between engines (engine.go).
//
// It owns no rules: who may do what, and what follows from it, is decided
// above. Reads are methods of Reader, writes of Tx, so that code inside View
// cannot write. A closure given to Update may run more than once: no mail, no
// hashing and no HTTP inside, and every variable it sets is set anew each time.
//
// Methods that reach a customer's rows take its CustomerID first and find
// nothing in another's. Methods without one are those of log-in itself, which
// starts from a login ID, a session or a link.
//
// The SQL is one text for SQLite and PostgreSQL; TestSQLIsPortable says what
// it keeps to.
package store
