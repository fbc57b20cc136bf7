package cli

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"portico/internal/config"
	"portico/internal/mail"
	"portico/internal/web"
)

// stopTimeout is how long requests may still take after the program was told to
// stop.
const stopTimeout = 10 * time.Second

// cores is how many cores there are: shareCores changes what runtime says.
var cores = runtime.GOMAXPROCS(0)

type serveCommand struct {
	serveSettings `embed:""`
}

// Run serves until it is told to stop, which is a clean end also while it starts.
func (c serveCommand) Run(env *environment) error {
	err := c.run(env)
	if env.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		env.log().Info("stopped while starting", "at", err)
		return nil
	}
	return err
}

func (c serveCommand) run(env *environment) error {
	env.json = c.LogFormat == "json"
	proxies, err := c.Proxies()
	if err != nil {
		return err
	}
	hangups := make(chan os.Signal, 1) // from now on, SIGHUP does not end the program
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	certificate, err := c.certificate(env)
	if err != nil {
		return err
	}
	listener, err := listen(env.ctx, "--listen", c.Listen.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // closed already, unless something failed
	if err := c.metricsAreFree(env.ctx); err != nil {
		return err
	}
	// Without --base-url, links lead to the address that is listened on.
	c.BaseURL = baseURLFor(c.BaseURL, listener, c.TLS())
	c.Config = c.WithDefaults()
	collectLess()
	boundMemory(c.Config, 0)
	if !c.anyPort() {
		// The database may take a while to open. Until then, clients are better
		// refused than kept waiting.
		if err := listener.Close(); err != nil {
			return fmt.Errorf("listening: %w", err)
		}
	}
	return during(env, c.Config, toServe, func(p *Portal) error {
		if !c.anyPort() {
			if listener, err = listen(env.ctx, "--listen", c.Listen.Listen); err != nil {
				return err
			}
		}
		bound := boundConnections(listener, min(c.MaxConnections, openFiles()-filesForOthers), c.TLS(), p.log, func(open int) { boundMemory(c.Config, open) })
		listener = bound
		if certificate != nil {
			listener = tls.NewListener(bound, certificate.config())
		}
		go reload(env.ctx, hangups, certificate, p.log)
		p.warnOfExposed(c.TLSKey, c.SecretFiles())
		for _, n := range c.TrustsEverybody() {
			p.log.Warn("--trusted-proxy trusts everybody: anyone can write any address into the header and get past the limits by address; give the proxy's own", "network", n.String(), "header", c.ProxyHeader)
		}
		if p.stream, err = newStream(env, c.Stream); err != nil {
			return err
		}
		if c.MetricsListen != "" {
			p.metrics.read(p, certificate)
			p.metrics.readConnections(bound)
			addr, err := p.metrics.serve(env.ctx, c.Observability)
			if err != nil {
				return err
			}
			env.tell("Metrics are on %s\n", "metrics", "url", fmt.Sprintf("http://%s/metrics", addr))
		}
		token, err := p.setupToken(env)
		if err != nil {
			return err
		}
		return p.serve(env.ctx, listener, bound, token, web.Proxies{Networks: proxies, Hops: c.ProxyHops, Header: c.ProxyHeader}, func() {
			c.announce(env, p, listener.Addr(), proxies)
		})
	})
}

// announce says where the portal serves, and how.
func (c serveCommand) announce(env *environment, p *Portal, at net.Addr, proxies []netip.Prefix) {
	if !env.json {
		say(env.stdout, "Portico listens on %s://%s for %s\n", scheme(c.TLS()), at, p.cfg.URL())
	}
	if c.MailServer() == "" {
		env.tell("No mail server is set (--smtp): each mail is written to a file in %s\n",
			"no mail server is set (--smtp): each mail becomes a file", "directory", c.Data.Data+"/outbox")
	}
	p.log.Info("serving", "version", version, "listen", at.String(), "tls", c.TLS(), "proxies", c.proxies(proxies),
		"settings", p.cfg.String(), "database", p.DB.Where(), "keyset", p.Keys.Path(), "mail server", mail.Where(c.MailServer()))
}

// setupToken returns the token of the set-up link of an empty portal, and prints
// the link. It is "" if somebody is there.
func (p *Portal) setupToken(env *environment) (token string, err error) {
	empty, err := p.Users.Empty(env.ctx)
	if err != nil || !empty {
		return "", err
	}
	token = rand.Text()
	env.tell("There are no users yet. Create the first administrator or operator at\n\n    %s\n\n",
		"nobody is here yet: create the first administrator or operator", "link", p.cfg.URL().String()+"/setup/"+token)
	return token, nil
}

// proxies says for the log which proxies are trusted.
func (c serveCommand) proxies(networks []netip.Prefix) string {
	if len(networks) == 0 {
		return "none"
	}
	var list strings.Builder
	for _, n := range networks {
		list.WriteString(n.String() + ", ")
	}
	return fmt.Sprintf("%s%d hops", list.String(), c.ProxyHops)
}

// connectionMemory is the memory for a connection. An idle one without TLS took
// 22 KiB for its buffers and the stack of its goroutine.
const connectionMemory = 40 << 10

// boundMemory makes the garbage collector run sooner when much memory is in
// use: by default the garbage may grow to three times the live heap. Passwords are
// hashed by workers, whose memory does not count here. For each core there is room
// for a hash that had to be computed without one, and for each connection what it
// holds. GOMEMLIMIT overrides the limit.
func boundMemory(c config.Config, connections int) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(20<<20 + int64(cores)*int64(c.HashMemory)<<10 + int64(connections)*connectionMemory)
	}
}

// collectLess has garbage collected a third as often below the memory limit,
// because little is alive and looking for it took a quarter of the processor's
// time. GOGC overrides that.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
}

// shareCores runs twice as many goroutines at a time as there are cores. The
// system shares cores between the threads of all programs, among them the workers
// that hash passwords, the database and a proxy, and gives more to more threads.
func shareCores() { runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0)) }

// certificate returns the certificate for --tls-cert, or nil without one.
func (c serveCommand) certificate(env *environment) (*certificate, error) {
	if !c.TLS() {
		return nil, nil
	}
	return certificateOf(c.TLSCert, c.TLSKey, env.log())
}

// anyPort reports whether the system chooses the port. Nobody knows it before
// the portal prints it, and it could be taken by the time of a second try.
func (c serveCommand) anyPort() bool {
	_, port, err := net.SplitHostPort(c.Listen.Listen)
	return err == nil && port == "0"
}

// listen listens at an address. The error names the flag, which a busy port asks
// to be changed.
func listen(ctx context.Context, flag, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listening at %s %s: %w: give another port with %s", flag, address, err, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listening at %s %s: %w", flag, address, err)
	}
	return l, nil
}

// metricsAreFree returns an error if nobody can listen at the address of the
// metrics, before a portal is made.
func (c serveCommand) metricsAreFree(ctx context.Context) error {
	if c.MetricsListen == "" {
		return nil
	}
	l, err := listen(ctx, "--metrics-listen", c.MetricsListen)
	if err != nil {
		return err
	}
	return l.Close()
}

// reload reads the certificate again at each SIGHUP, until ctx ends.
func reload(ctx context.Context, hangups chan os.Signal, certificate *certificate, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		if certificate == nil {
			log.Info("SIGHUP: nothing is read again, because settings count from the next start")
			continue
		}
		certificate.reload()
	}
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

// serve answers requests until ctx ends, and then waits up to stopTimeout for the
// requests in progress. bound is nil if nobody bounds the connections. announce is
// called once the other nodes and commands know of this one.
func (p *Portal) serve(ctx context.Context, l net.Listener, bound *connections, setupToken string, proxies web.Proxies, announce func()) error {
	s, err := p.Server(setupToken, proxies)
	if err != nil {
		return err
	}
	if err := s.Look(ctx); err != nil {
		return err
	}
	n := newNode(l)
	if err := p.recordStart(ctx, n); err != nil {
		return err
	}
	if p.stream != nil {
		if err := p.Audit.BeginStream(ctx); err != nil {
			return err
		}
	}
	announce()
	shareCores()
	p.Hasher.UseWorkers(workerCommand(p.cfg), p.log)
	jobs, endJobs := context.WithCancel(ctx)
	wait := p.jobs(jobs, n, s)
	defer func() { endJobs(); wait(); p.Hasher.EndWorkers(); p.endStream(ctx, n); p.removeNode(ctx, n) }()
	server := s.HTTP()
	if bound != nil {
		server.ConnState = bound.changed
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
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
