package cli

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"portico/internal/config"
	"portico/internal/web/gallery"
)

type galleryCommand struct {
	config.Listen `embed:""`
}

// Validate is asked by kong. Like a demo, it is for this machine alone.
func (c galleryCommand) Validate() error {
	return errors.Join(c.Listen.Validate(), config.Transport{}.Fits(c.Listen, config.Config{}))
}

// Run serves the pages until it is told to stop. There is no portal behind
// them.
func (c galleryCommand) Run(env *environment) error {
	h, err := gallery.Handler()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(env.ctx, "tcp", c.Listen.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	say(env.stdout, "Every page in every state, with sample data and no portal behind it (Ctrl-C ends it).\nPortico listens on http://%s\n", listener.Addr())
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-env.ctx.Done()
		_ = server.Close() // nothing there is worth waiting for
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
