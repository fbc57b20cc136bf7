// Package imports owns importing users from a CSV file, on a page or from the
// command line: receiving and reading the file, validating its rows, planning
// what each row does, applying it, and the job that does so chunk by chunk.
//
// It does not own the states of an import (portico.Import), or what an actor may
// do to one user (package users): a row follows the same rules as a change on
// the user's page.
package imports
