// Command bench measures the portal against its limits and prints one table:
// what was measured, the figure, the limit, and whether it is kept. It drives
// the real program over HTTP and the command line. Figures are ratios of two
// measurements taken in turns in one run wherever that can be, so that the
// noise of the machine meets both.
//
// It is run by `make bench` and is no test: nothing fails when a machine is
// busy.
package main
