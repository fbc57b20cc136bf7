// Command mutants breaks the security-relevant code in one place at a time and
// looks whether the tests notice: make mutants. The mutations stand in list/,
// a file each class of docs/security.md, each with the tests that must fail.
//
// It changes no file of the tree: the Go command takes the broken file from an
// overlay. What it prints is what survived; with nothing on that list it ends
// with 0.
package main
