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
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"portico"
	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/people"
	"portico/internal/reset"
	"portico/internal/web/ui"
)

// Config is what the server works with.
type Config struct {
	Auth       *auth.Service
	People     *people.Service
	Resets     *reset.Service
	Audit      *audit.Log
	Ping       func(context.Context) error // whether the database answers
	BaseURL    *url.URL
	Proxies    Proxies
	SetupToken string // of the one-time link of an empty database; "" when there is none
	Now        func() time.Time
	Log        *slog.Logger
	Observe    func(Answer)  // told of each answer; nil for nobody
	Patience   time.Duration // how long a request may take, files aside; 0 for requestTime
}

// Answer is what an observer learns of a request.
type Answer struct {
	Route  string // a pattern of the table, "" for none
	Status int
	Took   time.Duration
}

// Server answers requests.
type Server struct {
	Config
	pages   *ui.Renderer
	mux     *http.ServeMux
	table   map[string]route // by pattern
	cross   *http.CrossOriginProtection
	secure  bool        // the base URL is https
	headers http.Header // of every answer
}

// New makes the server; it fails when the layout does not parse or two routes
// clash.
func New(c Config) (*Server, error) {
	pages, err := ui.New()
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	s := &Server{Config: c, pages: pages, mux: http.NewServeMux(), table: map[string]route{}, cross: http.NewCrossOriginProtection(), secure: c.BaseURL.Scheme == "https"}
	s.headers = headers(s.secure)
	s.Patience = cmp.Or(c.Patience, requestTime)
	for _, route := range s.routes() {
		s.mux.Handle(route.pattern, s.guarded(route))
		s.table[route.pattern] = route
	}
	s.mux.Handle("GET /static/", ui.Static())
	return s, nil
}

// Bounds of what a client may send and how long it may take.
const (
	maxForm      = 64 << 10
	maxHeader    = 32 << 10
	readTimeout  = 30 * time.Second
	writeTimeout = 2 * time.Minute
	// requestTime is how long a request may take, all that it waits for
	// included, so that a database that does not answer gathers no more of them
	// than come in this time; fileTime the same where a file comes or goes.
	requestTime = 20 * time.Second
	fileTime    = time.Hour
)

// HTTP wraps the server for listening, with bounds that a slow client cannot
// hold a connection beyond.
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

// visit is what belongs to one request.
type visit struct {
	id      string
	origin  portico.Origin
	unread  error         // why the form could not be read
	session *auth.Session // nil before a guard has found one
	place   place
}

type visitKey struct{}

// visited returns the request's visit; ServeHTTP puts one into every request.
func visited(r *http.Request) *visit { return r.Context().Value(visitKey{}).(*visit) }

// session returns the session that the route's guard has found.
func session(r *http.Request) *auth.Session { return visited(r).session }

// ServeHTTP answers one request and logs one line about it (see logAnswer). The
// line holds the route's pattern and not the address, which may hold a one-time link.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := s.Now()
	v := &visit{id: rand.Text()[:16], origin: s.origin(r)}
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
	sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	maps.Copy(sw.Header(), s.headers) // values are replaced, never changed
	if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
		// net/http has taken a Content-Length beside chunks away, and chunks of
		// HTTP/1.0; a proxy that goes by those sees other requests behind this
		// one than we do.
		sw.Header().Set("Connection", "close")
	}
	matched, pattern := s.mux.Handler(r)
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
	switch {
	case s.cross.Check(r) != nil:
		s.fail(sw, r, errCrossSite)
	case !readable(r.URL):
		s.fail(sw, r, errNoPage)
	case pattern == "":
		s.unmatched(sw, r, matched)
	case !strings.Contains(pattern, "{"): // there is nothing in the address to find a second time
		matched.ServeHTTP(sw, r)
	default:
		s.mux.ServeHTTP(sw, r)
	}
}

// logAnswer logs one line about a request; but not that a session counts,
// which a proxy asks for each page and picture of another application.
func (s *Server) logAnswer(r *http.Request, pattern string, status int, took time.Duration) {
	if pattern == sessionPattern && status == http.StatusNoContent {
		return
	}
	v := visited(r)
	s.Log.Info("request", "id", v.id, "method", r.Method, "route", pattern, "status", status,
		"ms", took.Milliseconds(), "address", v.origin.Address)
}

// readable reports whether an address is text. Nothing else leads anywhere, and
// PostgreSQL would refuse to look for it.
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

// headers forbid everything that the pages do not use, on every answer.
func headers(secure bool) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would send Origin: null with our own forms
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	return h
}

// Proxies are those in front of the portal, which say where a request came
// from. The zero value believes nobody.
type Proxies struct {
	Networks []netip.Prefix
	Hops     int // how many of them each request passes
}

// client is the address that a request came from: the TCP peer, and behind
// trusted proxies the address that the outermost of them saw. What clients
// write into the header themselves stands further left and is never read.
func (p Proxies) client(peer string, header http.Header) string {
	ip, err := netip.ParseAddr(peer)
	if err != nil || !slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(ip.Unmap()) }) {
		return peer
	}
	seen := strings.Split(strings.Join(header.Values("X-Forwarded-For"), ","), ",")
	if len(seen) < p.Hops {
		return peer
	}
	client, err := netip.ParseAddr(strings.TrimSpace(seen[len(seen)-p.Hops]))
	if err != nil {
		return peer
	}
	return client.Unmap().WithZone("").String()
}

// origin is where a request comes from.
func (s *Server) origin(r *http.Request) portico.Origin {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	host = s.Proxies.client(host, r.Header)
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

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
