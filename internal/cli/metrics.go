package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"portico"
	"portico/internal/config"
	"portico/internal/mail"
	"portico/internal/store"
	"portico/internal/web"
)

// metrics are the values that Prometheus reads. Events are counted when their
// transaction has committed, so nothing is counted that was rolled back.
type metrics struct {
	registry *prometheus.Registry
	events   *prometheus.CounterVec
	updates  prometheus.Histogram
	retries  prometheus.Counter
	failures *prometheus.CounterVec
	jobs     *prometheus.CounterVec
	requests *prometheus.HistogramVec
	mails    *prometheus.CounterVec
	unsent   prometheus.Counter
}

var durations = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portico_events_total", Help: "Events of the audit log, by action; of refusals also by reason.",
		}, []string{"action", "reason"}),
		updates: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "portico_update_seconds", Help: "How long changes of the database took, with their retries.", Buckets: durations,
		}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "portico_update_retries_total", Help: "Changes run again because another was in the way.",
		}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portico_update_failures_total", Help: "Changes of the database that failed for another reason than what was asked for, by cause.",
		}, []string{"cause"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portico_job_failures_total", Help: "How often a job in the background failed, by job.",
		}, []string{"name"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "portico_request_seconds", Help: "How long answers took, by route and status.", Buckets: durations,
		}, []string{"route", "status"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portico_mails_total", Help: "Mails, by whether the mail server took them.",
		}, []string{"outcome"}),
		unsent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "portico_audit_stream_failures_total", Help: "How often --audit-stream took no audit events.",
		}),
	}
	m.registry.MustRegister(m.events, m.updates, m.retries, m.failures, m.jobs, m.requests, m.mails, m.unsent,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, cause := range store.Causes {
		m.failures.WithLabelValues(string(cause)) // so that its rise from 0 is seen
	}
	return m
}

// read registers the metrics whose values are read when Prometheus asks. certificate
// is nil if serve does no TLS.
func (m *metrics) read(p *Portal, certificate *certificate) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	gauge("portico_hashes_working", "Passwords being hashed.", func() float64 { n, _, _ := p.Hasher.Load(); return float64(n) })
	gauge("portico_hashes_waiting", "Passwords that wait to be hashed.", func() float64 { _, n, _ := p.Hasher.Load(); return float64(n) })
	gauge("portico_hashes_bound", "Passwords that may be hashed at a time now: one for each core, and one fewer while pages are asked for.",
		func() float64 { _, _, n := p.Hasher.Load(); return float64(n) })
	pools := func(value func(store.Pool) float64) func() float64 {
		return func() float64 { return value(p.DB.Pool()) }
	}
	gauge("portico_database_connections", "Open connections to the database.", pools(func(s store.Pool) float64 { return float64(s.Open) }))
	gauge("portico_database_connections_used", "How many of them are in use.", pools(func(s store.Pool) float64 { return float64(s.Used) }))
	gauge("portico_database_connections_most", "How many connections to the database may be open.", pools(func(s store.Pool) float64 { return float64(s.Most) }))
	counter := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	counter("portico_database_waits_total", "How often something waited for a connection to the database.", pools(func(s store.Pool) float64 { return float64(s.Waits) }))
	counter("portico_database_wait_seconds_total", "How long all of that waited.", pools(func(s store.Pool) float64 { return s.Waited.Seconds() }))
	if certificate != nil {
		gauge("portico_certificate_expiry_timestamp_seconds", "When the TLS certificate in use, or one of its chain, expires.", certificate.expiry)
	}
	m.registry.MustRegister(newDatabaseMetrics(p))
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "portico_build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(build)
}

// readConnections registers the metrics of the connections of serve.
func (m *metrics) readConnections(bound *connections) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "portico_connections", Help: "Connections of clients and proxies."},
			func() float64 { open, _ := bound.load(); return float64(open) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "portico_connections_most", Help: "How many of those there may be."},
			func() float64 { return float64(bound.most) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "portico_connections_refused_total", Help: "Connections that were refused, because all that there may be were busy."},
			func() float64 { _, refused := bound.load(); return float64(refused) }))
}

// changed counts a change of the database and its events.
func (m *metrics) changed(c store.Change) {
	m.updates.Observe(c.Took.Seconds())
	m.retries.Add(float64(c.Tries - 1))
	if c.Err != nil && failed(c.Err) {
		m.failures.WithLabelValues(string(store.CauseOf(c.Err))).Inc()
	}
	for _, e := range c.Events {
		reason := ""
		if e.Action == portico.LoginRefused || e.Action == portico.ConfirmRefused {
			reason = e.DetailsText() // one of a few fixed sentences in package auth
		}
		m.events.WithLabelValues(string(e.Action), reason).Inc()
	}
}

// failed reports whether a change failed, and did not just find something that is
// so: a refusal, a row that is gone or a client that went away.
func failed(err error) bool {
	for _, found := range []error{context.Canceled, store.ErrNotFound, store.ErrTaken} {
		if errors.Is(err, found) {
			return false
		}
	}
	code := portico.CodeOf(err)
	return code == "" || code == portico.Unavailable || code == portico.Busy
}

// answered records the duration of a response.
func (m *metrics) answered(a web.Answer) {
	m.requests.WithLabelValues(a.Route, strconv.Itoa(a.Status)).Observe(a.Took.Seconds())
}

// counted is a sender that counts its mails.
type counted struct {
	mail.Sender
	mails *prometheus.CounterVec
}

// Send sends a mail and counts it.
func (c counted) Send(ctx context.Context, m mail.Message) error {
	err := c.Sender.Send(ctx, m)
	outcome := "sent"
	if err != nil {
		outcome = "failed"
	}
	c.mails.WithLabelValues(outcome).Inc()
	return err
}

// serve serves the metrics on a separate listener until ctx ends. It returns
// the address of that listener.
func (m *metrics) serve(ctx context.Context, c config.Observability) (net.Addr, error) {
	l, err := listen(ctx, "--metrics-listen", c.MetricsListen)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	if c.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	server := &http.Server{Handler: forThisMachine(mux, c.MetricsPublic), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close() // no request there is worth waiting for
	}()
	go func() { _ = server.Serve(l) }() // ends with the portal
	return l.Addr(), nil
}

// forThisMachine refuses requests for other hosts than this machine, unless others
// may reach the listener. Otherwise a page in a browser on this machine could read
// the metrics by pointing its own name at 127.0.0.1.
func forThisMachine(next http.Handler, public bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]") // without a port
		}
		if !public && !config.Loopback(host) {
			http.Error(w, "Ask for localhost or 127.0.0.1.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
