// Package porticotest is the test harness: a whole portal on a database of its
// own, with a clock that only tests move, a client that reads pages as a person
// does, and functions to create people.
//
// It owns no assertions about the product; those belong to the tests.
package porticotest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/cli"
	"portico/internal/config"
	"portico/internal/store"
	"portico/internal/store/storetest"
	"portico/internal/testdb"
	"portico/internal/totp"
	"portico/internal/twofactorreset"
	"portico/internal/web"
)

// Password is everybody's password. It is long enough and on no list of common
// passwords.
const Password = "violet-harbour-9-lanterns"

// SetupToken is the token of the one-time link of an empty portal.
const SetupToken = "setup-token-of-the-tests"

// Clock is the clock of a portal under test.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// ClockAt returns a clock that shows now.
func ClockAt(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time, which changes only by Advance.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the time; d may be negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Portal is a portal under test.
type Portal struct {
	*cli.Portal
	T     testing.TB
	Clock *Clock
	Dir   string // the data directory
	URL   string // its address for people, without a trailing slash; where it listens, unless an option sets it
	Node  string // where it listens: host and port
	Web   *web.Server
	Logs  *Logs

	AtName     bool // people open it at a name, localhost, so that passkeys work
	Proxies    web.Proxies
	Offices    string // networks of offices
	NoMail     bool   // whether the portal says that it has no mail server; its mails can be read by Mails
	Database   string // address of a PostgreSQL database, instead of the one for Dir
	Migrations fs.FS  // of another version of the program; nil for those of this one
}

// Logs collects what the portal logs.
type Logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns everything logged so far.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// New starts a portal in an empty directory. It stops when the test ends.
func New(t testing.TB, options ...func(*Portal)) *Portal {
	t.Helper()
	return Start(t, t.TempDir(), &Clock{now: time.Date(2026, 11, 23, 9, 0, 7, 0, time.UTC)}, options...)
}

// Behind is an option that trusts proxies at loopback addresses, so that each
// request can send its client address; see Client.From.
func Behind(p *Portal) {
	p.Proxies = web.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Hops: 1}
}

// Named is an option for a portal at which passkeys work.
func Named(p *Portal) { p.AtName = true }

// Start starts a portal on a data directory, such as one that another portal of
// the same test has used. Options are applied before the portal opens.
func Start(t testing.TB, dir string, clock *Clock, options ...func(*Portal)) *Portal {
	t.Helper()
	p := &Portal{T: t, Clock: clock, Dir: dir, Logs: &Logs{}}
	for _, set := range options {
		set(p)
	}
	server := httptest.NewUnstartedServer(nil)
	p.Node = server.Listener.Addr().String()
	host := p.Node
	if p.AtName {
		host = strings.Replace(host, "127.0.0.1", "localhost", 1)
	}
	p.URL = cmp.Or(p.URL, "http://"+host)
	if p.Database == "" {
		p.Database = DatabaseFor(t, dir)
	}
	if p.Database == "" {
		testdb.Fill(t, dir, openDir)
	}
	cfg := config.Config{
		Data: config.Data{Data: dir, Database: p.Database}, BaseURL: p.URL, From: "Portico <portico@localhost>",
		HashMemory: 64, HashTime: 1, HashParallelism: 1, CodeWindow: 1, OfficeNetwork: []string{p.Offices}, // fast; the real values have tests of their own
	}
	var err error
	p.Portal, err = cli.OpenVersion(context.Background(), cfg, p.Migrations, clock.Now, slog.New(slog.NewTextHandler(p.Logs, nil)))
	p.must(err)
	p.Portal.Mails.NoServer = p.NoMail
	p.Web, err = p.Server(SetupToken, p.Proxies)
	p.must(err)
	if p.Migrations == nil {
		p.must(p.Web.Look(context.Background()))
	}
	server.Config = p.Web.HTTP()
	server.Start()
	t.Cleanup(func() {
		server.Close()
		p.must(p.Close())
	})
	return p
}

func (p *Portal) must(err error) {
	p.T.Helper()
	if err != nil {
		p.T.Fatal(err)
	}
}

// Customer creates a customer.
func (p *Portal) Customer(slug, name string) portico.Customer {
	p.T.Helper()
	c, err := p.Customers.Create(context.Background(), portico.CommandLine(), slug, name, "")
	p.must(err)
	return c
}

// User creates an active person with Password. The names are derived from the
// login ID.
func (p *Portal) User(c portico.CustomerID, loginID string, role portico.Role) portico.User {
	p.T.Helper()
	u, err := p.Users.Create(context.Background(), portico.CommandLine(), c, portico.User{
		LoginID: loginID, FirstName: strings.ToUpper(loginID[:1]) + loginID[1:], LastName: "Tester",
		Email: loginID + "@example.com", Role: role,
	}, Password)
	p.must(err)
	return u
}

// Actor returns the actor of a person without 2FA who has just logged in with a
// new browser.
func (p *Portal) Actor(u portico.User) portico.Actor {
	p.T.Helper()
	b := p.Client()
	b.Post("/login", "login_id", u.LoginID, "password", Password)
	token := b.Cookie("portico_session")
	if token == "" {
		p.T.Fatalf("%s could not log in", u.LoginID)
	}
	hash := sha256.Sum256([]byte(token))
	return portico.AsUser(u, portico.Origin{}).Admitted(portico.Admission{Session: string(hash[:])})
}

// Enrol gives a person an enabled authenticator and returns its key. No time
// step is used up.
func (p *Portal) Enrol(u portico.User) []byte { return p.authenticator(u, true) }

// EnrolDisabled gives a person an authenticator that was switched off.
func (p *Portal) EnrolDisabled(u portico.User) []byte { return p.authenticator(u, false) }

func (p *Portal) authenticator(u portico.User, enabled bool) []byte {
	p.T.Helper()
	key := totp.NewKey()
	sealed, err := p.Auth.SealKey(u.ID, key)
	p.must(err)
	p.must(p.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		return tx.PutAuthenticator(store.Authenticator{ID: "factor-" + string(u.ID), UserID: u.ID, Kind: portico.AuthenticatorTOTP, Secret: sealed, Enabled: enabled})
	}))
	return key
}

// AddApp gives a person who has an authenticator another app, which is in force as
// the first one is, and returns its key.
func (p *Portal) AddApp(u portico.User) []byte {
	p.T.Helper()
	key := totp.NewKey()
	sealed, err := p.Auth.SealKey(u.ID, key)
	p.must(err)
	p.must(p.DB.Update(context.Background(), portico.CommandLine(), func(tx *store.Tx) error {
		return tx.PutAuthenticator(store.Authenticator{
			ID: "second-" + string(u.ID), UserID: u.ID, Kind: portico.AuthenticatorTOTP, Name: "Second", Secret: sealed,
			Enabled: p.Account(u.ID).TwoFactor == portico.TwoFactorEnabled,
		})
	}))
	return key
}

// Authenticators returns a person's authenticators as they are now.
func (p *Portal) Authenticators(u portico.User) []store.Authenticator {
	p.T.Helper()
	found, err := p.DB.Read(context.Background()).Authenticators(u.ID)
	p.must(err)
	return found
}

// Reset deletes a person's 2FA setup at once, as the command line.
func (p *Portal) Reset(u portico.User, reason string) {
	p.T.Helper()
	_, err := p.Resets.Request(context.Background(), portico.CommandLine(), u.CustomerID, u.ID, twofactorreset.Ask{Reason: reason, InPerson: true})
	p.must(err)
}

// Code returns the code that an authenticator with this key shows now, or steps
// time steps later.
func (p *Portal) Code(key []byte, steps int64) string {
	return totp.Code(key, totp.Step(p.Clock.Now())+steps)
}

// Account returns a person's account as it is now.
func (p *Portal) Account(id portico.UserID) store.Account {
	p.T.Helper()
	a, err := p.DB.Read(context.Background()).Account(id)
	p.must(err)
	return a
}

// Events returns a customer's newest 1000 events, newest first.
func (p *Portal) Events(c portico.CustomerID) []portico.Event {
	p.T.Helper()
	events, err := p.DB.Read(context.Background()).Events(c, portico.EventQuery{}, store.EventCursor{}, 1000)
	p.must(err)
	return events
}

// Contents returns what the database holds, table by table.
func (p *Portal) Contents() map[string]string {
	p.T.Helper()
	return storetest.Contents(p.T, p.Dir, p.Database)
}

// Mail is a mail that the portal has sent.
type Mail struct{ To, Subject, Language, Text, HTML string }

// Link returns the first address in a mail's text that contains holds, or "".
func (m Mail) Link(holds string) string {
	for _, link := range regexp.MustCompile(`https?://\S+`).FindAllString(m.Text, -1) {
		if strings.Contains(link, holds) {
			return link
		}
	}
	return ""
}

// Mails returns the mails to an address, oldest first.
func (p *Portal) Mails(to string) []Mail {
	p.T.Helper()
	p.Auth.Wait()
	p.must(p.Portal.Mails.Deliver(context.Background()))
	files, err := filepath.Glob(filepath.Join(p.Dir, "outbox", "*.eml"))
	p.must(err)
	sort.Strings(files)
	var mails []Mail
	for _, file := range files {
		if m := p.readMail(file); strings.Contains(m.To, to) {
			mails = append(mails, m)
		}
	}
	return mails
}

func (p *Portal) readMail(file string) Mail {
	p.T.Helper()
	b, err := os.ReadFile(file)
	p.must(err)
	msg, err := mail.ReadMessage(bytes.NewReader(b))
	p.must(err)
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	p.must(err)
	m := Mail{To: msg.Header.Get("To"), Subject: subject, Language: msg.Header.Get("Content-Language")}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	p.must(err)
	for parts := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m
		}
		p.must(err)
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		text, err := io.ReadAll(body)
		p.must(err)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = string(text)
		} else {
			m.Text = string(text)
		}
	}
}
