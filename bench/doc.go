// Command bench measures the portal against its limits and prints one table:
// what was measured, the figure, the limit, and whether it is met. It drives
// the real program over HTTP and the command line; some data is written into
// its database, and session look-ups are measured in this process. Where
// possible, a figure is the ratio of two measurements that alternate in one
// run, so that both see the same noise of the machine.
//
// It is run by `make bench`. It is not a test: nothing fails if the machine is
// busy.
package main
