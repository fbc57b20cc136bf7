// Command portico is the whole portal in one binary: the server and the
// commands that look after it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"portico/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
