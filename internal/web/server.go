package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/customers"
	"portico/internal/imports"
	"portico/internal/locale"
	"portico/internal/twofactorreset"
	"portico/internal/users"
	"portico/internal/web/ui"
)

// Config is what New needs.
type Config struct {
	Auth           *auth.Service
	Customers      *customers.Service
	Users          *users.Service
	Imports        *imports.Service
	Resets         *twofactorreset.Service
	Audit          *audit.Log
	Ready          func(context.Context) error // returns an error if a log-in would not work
	Fits           func(context.Context) error // returns an error if the database is no longer one that this program knows
	BaseURL        *url.URL
	Proxies        Proxies
	NoMail         bool   // no mail server is set, so that nobody is mailed
	SetupToken     string // of the one-time set-up link of an empty database; "" if there is none
	Now            func() time.Time
	Log            *slog.Logger
	Observe        func(Answer)    // called after each response; may be nil
	PageAsked      func(time.Time) // called at each request that is not a step of a log-in; may be nil
	RequestTimeout time.Duration   // time limit of a request, except for routes with files; 0 for requestTimeout
}

// Answer describes a response to an observer.
type Answer struct {
	Route  string // a pattern of the route table; "" if none matched
	Status int
	Took   time.Duration
}

// Server answers the requests to the portal.
type Server struct {
	Config
	pages   *ui.Renderer
	mux     *http.ServeMux
	table   map[string]route // by pattern
	cross   *http.CrossOriginProtection
	secure  bool        // the base URL is https
	warned  sync.Map    // why a header of a trusted proxy could not be read, as far as it was logged
	headers http.Header // of every response
	known   atomic.Pointer[known]
	invited atomic.Bool // the first steps of a new portal are done, see firstSteps
}

// New returns a server. It returns an error if the layout cannot be parsed, and
// panics if two routes conflict.
func New(c Config) (*Server, error) {
	pages, err := ui.New()
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	s := &Server{Config: c, pages: pages, mux: http.NewServeMux(), table: map[string]route{}, cross: http.NewCrossOriginProtection(), secure: c.BaseURL.Scheme == "https"}
	s.headers = headers(s.secure)
	s.known.Store(&known{empty: c.SetupToken != ""})
	s.RequestTimeout = cmp.Or(c.RequestTimeout, requestTimeout)
	for _, route := range s.routes() {
		s.mux.Handle(route.pattern, s.guarded(route))
		s.table[route.pattern] = route
	}
	s.mux.Handle("GET /static/", ui.Static(func(w http.ResponseWriter, r *http.Request) { s.failOutside(w, r, errNoPage) }))
	return s, nil
}

// Limits on what a client may send and how long it may take.
const (
	maxForm      = 64 << 10
	maxHeader    = 32 << 10
	readTimeout  = 30 * time.Second
	writeTimeout = 2 * time.Minute
	// requestTimeout limits a request, including everything that it waits for. If the
	// database does not answer, no more requests pile up than arrive in this time.
	// fileTimeout is the limit for routes with a large file.
	requestTimeout = 20 * time.Second
	fileTimeout    = time.Hour
)

// HTTP returns an http.Server for s, with time limits so that a slow client
// cannot hold a connection for ever.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
}

// visit is the portal's data about one request.
type visit struct {
	id      string
	origin  portico.Origin
	unread  error         // why the form could not be read
	session *auth.Session // nil until a guard has found one
	scope   scope
	notice  string // key of a notice that the page shows, whatever the address asks for

	linked   bool            // the page is behind a mailed link
	language locale.Language // of a reader without a session, once it is known
}

type visitKey struct{}

// visited returns the request's visit. ServeHTTP adds one to every request.
func visited(r *http.Request) *visit { return r.Context().Value(visitKey{}).(*visit) }

// session returns the session that the route's guard has found, or nil if the
// route asks for none.
func session(r *http.Request) *auth.Session { return visited(r).session }

// ServeHTTP answers one request and logs one line about it (see logAnswer). The
// line has the route's pattern instead of the address, which may contain a
// one-time link.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := s.Now()
	v := &visit{id: rand.Text()[:16], origin: s.origin(r)}
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
	sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	maps.Copy(sw.Header(), s.headers) // handlers replace these values and must not append to them
	sw.Header().Set("X-Request-Id", v.id)
	if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
		// net/http ignores a Content-Length beside chunks, and chunks in HTTP/1.0. A
		// proxy that relies on those would see other requests after this one than the
		// portal does.
		sw.Header().Set("Connection", "close")
	}
	matched, pattern := s.mux.Handler(r)
	if s.PageAsked != nil && !strings.HasPrefix(pattern, "POST /login") {
		s.PageAsked(start)
	}
	defer func() {
		p := recover()
		if p == http.ErrAbortHandler { //nolint:errorlint // compared as net/http does
			panic(p)
		}
		if p != nil {
			s.fail(sw, r, fmt.Errorf("panic: %v", p))
		}
		took := s.Now().Sub(start)
		s.logAnswer(r, pattern, sw.status, took)
		if s.Observe != nil {
			s.Observe(Answer{pattern, sw.status, took})
		}
	}()
	switch cross := s.cross.Check(r); {
	case s.unfit(r, pattern):
		s.fail(sw, r, errUnfit)
	case cross != nil:
		s.logCrossSite(r, cross)
		s.fail(sw, r, errCrossSite)
	case s.cameInClear(r):
		s.fail(sw, r, s.errClearText())
	case !readable(r.URL):
		s.failOutside(sw, r, errNoPage)
	case pattern == "":
		s.unmatched(sw, r, matched)
	case !strings.Contains(pattern, "{"): // no path values, so the mux need not match the address a second time
		matched.ServeHTTP(sw, r)
	default:
		s.mux.ServeHTTP(sw, r)
	}
}

// logAnswer logs one line about a request. It does not log successful session
// checks, because a proxy makes one for each page and picture of another
// application.
func (s *Server) logAnswer(r *http.Request, pattern string, status int, took time.Duration) {
	if pattern == sessionPattern && status == http.StatusNoContent {
		return
	}
	v := visited(r)
	s.Log.Info("request", "id", v.id, "method", r.Method, "route", pattern, "status", status,
		"ms", took.Milliseconds(), "address", v.origin.Address)
}

// logCrossSite logs why a request was refused as one from another site. A proxy
// that changes the Host header makes the portal's own forms look like that.
func (s *Server) logCrossSite(r *http.Request, why error) {
	short := func(value string) string { return value[:min(len(value), 200)] }
	s.Log.Warn("refused as from another site", "id", visited(r).id, "why", why, "origin", short(r.Header.Get("Origin")),
		"host", short(r.Host), "sec-fetch-site", short(r.Header.Get("Sec-Fetch-Site")))
}

// readable reports whether the path and the query of an address are valid text.
// Other addresses match nothing, and PostgreSQL would return an error for them.
func readable(u *url.URL) bool {
	text := func(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
	if !text(u.Path) || u.RawQuery == "" {
		return text(u.Path)
	}
	for name, values := range u.Query() {
		if !text(name) || slices.ContainsFunc(values, func(v string) bool { return !text(v) }) {
			return false
		}
	}
	return true
}

// headers returns the headers of every response. They forbid everything that
// the pages do not use.
func headers(secure bool) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would send Origin: null with the portal's own forms
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	return h
}

// origin returns the address and the browser that a request comes from.
func (s *Server) origin(r *http.Request) portico.Origin {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	host, unread := s.Proxies.client(host, r.Header)
	if unread != "" && r.URL.Path != "/healthz" && r.URL.Path != "/readyz" { // proxies ask for those themselves
		s.warnOfProxy(r, unread)
	}
	browser := strings.ToValidUTF8(r.UserAgent(), "")
	browser = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, browser)
	if len(browser) > 200 {
		runes := []rune(browser)
		browser = string(runes[:min(len(runes), 200)])
	}
	return portico.Origin{Address: host, Browser: browser}
}

// statusWriter remembers the status for the log, and whether anything was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
	sent   bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.sent {
		w.status, w.sent = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.sent = true
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController access to the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
