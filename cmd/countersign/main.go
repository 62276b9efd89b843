// Command countersign is the whole product: the server, the demo, and the tools
// of its operators. See countersign --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/countersign-auth/countersign/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(code)
}
