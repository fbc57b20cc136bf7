package cli

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"portico/internal/config"
	"portico/internal/mail"
	"portico/internal/web"
)

// stopTime is how long requests may still take after the program was told to
// stop.
const stopTime = 10 * time.Second

// cores is how many cores there are: shareCores changes what runtime says.
var cores = runtime.GOMAXPROCS(0)

type serveCommand struct {
	serveSettings `embed:""`
}

func (c serveCommand) Run(env *environment) error {
	env.json = c.LogFormat == "json"
	proxies, err := c.Proxies()
	if err != nil {
		return err
	}
	listener, bound, certificate, err := c.listen(env)
	if err != nil {
		return err
	}
	// Without --base-url, links lead to the address that is listened on.
	c.BaseURL = baseURLFor(c.BaseURL, listener, c.TLS())
	c.Config = c.WithDefaults()
	boundMemory(c.Config, 0)
	return during(env, c.Config, toServe, func(p *Portal) error {
		p.warnOfExposed(c.TLSKey, c.SecretFiles())
		if c.MetricsListen != "" {
			p.metrics.read(p, certificate)
			p.metrics.readConnections(bound)
			addr, err := p.metrics.serve(env.ctx, c.Observability)
			if err != nil {
				return err
			}
			say(env.stdout, "Metrics are on http://%s/metrics\n", addr)
		}
		empty, err := p.Users.Empty(env.ctx)
		if err != nil {
			return err
		}
		token := ""
		if empty {
			token = rand.Text()
			say(env.stdout, "Nobody is here yet. Create the first administrator or operator at\n\n    %s/setup/%s\n\n", p.cfg.URL(), token)
		}
		say(env.stdout, "Portico listens on %s://%s for %s\n", scheme(c.TLS()), listener.Addr(), p.cfg.URL())
		if c.MailServer() == "" {
			say(env.stdout, "No mail server is set (--smtp): each mail becomes a file in %s/outbox\n", c.Data.Data)
		}
		p.log.Info("serving", "settings", p.cfg.String(), "database", p.DB.Where(), "mail server", mail.Where(c.MailServer()))
		return p.serve(env.ctx, listener, bound, token, web.Proxies{Networks: proxies, Hops: c.ProxyHops, Header: c.ProxyHeader})
	})
}

// connectionMemory is the memory for a connection. An idle one without TLS took
// 22 KiB for its buffers and the stack of its goroutine.
const connectionMemory = 40 << 10

// boundMemory makes the garbage collector run sooner when much memory is in
// use: each password hash leaves its block behind, and by default the garbage
// may grow as large as the live heap. The limit leaves each core the block that
// it fills and one that is garbage, and each connection what it holds: with less,
// the collector ran all the time. GOMEMLIMIT overrides that limit. Below
// the limit, garbage is collected a third as often, because little is alive and
// looking for it took a quarter of the processor's time. GOGC overrides that.
func boundMemory(c config.Config, connections int) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(36<<20 + 2*int64(cores)*int64(c.HashMemory)<<10 + int64(connections)*connectionMemory)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
}

// shareCores lets as many goroutines run while passwords are hashed as without
// hashes. The scheduler would let a page wait ten milliseconds for each running
// hash, whereas the operating system shares cores between threads by itself.
func shareCores() { runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0)) }

// listen begins to listen. The certificate is nil without TLS.
func (c serveCommand) listen(env *environment) (net.Listener, *connections, *certificate, error) {
	l, err := new(net.ListenConfig).Listen(env.ctx, "tcp", c.Listen.Listen)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("listening: %w", err)
	}
	bound := boundConnections(l, min(c.MaxConnections, openFiles()-filesForOthers), c.TLS(), env.log(), func(open int) { boundMemory(c.Config, open) })
	if !c.TLS() {
		return bound, bound, nil, nil
	}
	certificate, err := certificateOf(c.TLSCert, c.TLSKey, env.log())
	if err != nil {
		return nil, nil, nil, errors.Join(err, l.Close())
	}
	return tls.NewListener(bound, certificate.config()), bound, certificate, nil
}

// baseURLFor returns the given base URL, or the address that is listened on if
// none is given.
func baseURLFor(given string, l net.Listener, secure bool) string {
	addr, isTCP := l.Addr().(*net.TCPAddr)
	if given != "" || !isTCP {
		return given
	}
	return fmt.Sprintf("%s://localhost:%d", scheme(secure), addr.Port)
}

func scheme(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}

// serve answers requests until ctx ends, and then waits up to stopTime for the
// requests in progress. bound is nil if nobody bounds the connections.
func (p *Portal) serve(ctx context.Context, l net.Listener, bound *connections, setupToken string, proxies web.Proxies) error {
	s, err := p.Server(setupToken, proxies)
	if err != nil {
		return err
	}
	shareCores()
	jobs, endJobs := context.WithCancel(ctx)
	wait := p.jobs(jobs)
	defer func() { endJobs(); wait() }()
	server := s.HTTP()
	if bound != nil {
		server.ConnState = bound.changed
	}
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
