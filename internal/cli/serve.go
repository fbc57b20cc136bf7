package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"portico/internal/config"
)

// stopTime is how long requests under way may take when the program is told to
// stop.
const stopTime = 10 * time.Second

type serveCommand struct {
	config.Config `embed:""`
	config.Listen `embed:""`
}

// Validate is asked by kong; each part validates itself.
func (c serveCommand) Validate() error {
	return errors.Join(c.Config.Validate(), c.Listen.Validate())
}

func (c serveCommand) Run(env *environment) error {
	listener, err := new(net.ListenConfig).Listen(env.ctx, "tcp", c.Listen.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	// Links lead here unless told otherwise.
	c.BaseURL = baseURLFor(c.BaseURL, listener)
	return with(env, c.Config, func(p *Portal) error {
		empty, err := p.People.Empty(env.ctx)
		if err != nil {
			return err
		}
		token := ""
		if empty {
			token = rand.Text()
			fmt.Fprintf(env.stdout, "Nobody is here yet. Create the first administrator or operator at\n\n    %s/setup/%s\n\n", p.cfg.URL(), token)
		}
		fmt.Fprintf(env.stdout, "Portico listens on http://%s for %s\n", listener.Addr(), p.cfg.URL())
		if c.SMTP == "" {
			fmt.Fprintf(env.stdout, "No mail server is set (--smtp): each mail becomes a file in %s/outbox\n", c.Data.Data)
		}
		p.log.Info("serving", "settings", p.cfg.String())
		return p.serve(env.ctx, listener, token)
	})
}

// baseURLFor replaces the base URL that is only a default by the address that
// is listened on.
func baseURLFor(given string, l net.Listener) string {
	addr, isTCP := l.Addr().(*net.TCPAddr)
	if given != config.DefaultBaseURL || !isTCP {
		return given
	}
	return fmt.Sprintf("http://localhost:%d", addr.Port)
}

// serve answers until ctx ends, and then lets what is under way finish.
func (p *Portal) serve(ctx context.Context, l net.Listener, setupToken string) error {
	s, err := p.Server(setupToken)
	if err != nil {
		return err
	}
	server := s.HTTP()
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		stopped <- server.Shutdown(late)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}
