// Command mutants breaks the security-relevant code in one place at a time and
// checks that the tests notice: make mutants. The mutations are in list/, one
// file for each class of docs/security.md, each with the tests that must fail.
//
// It changes no file of the tree: the Go command takes the broken file from an
// overlay. It prints the mutations that survived or could not be tried, and
// exits with 0 if there are none.
package main
