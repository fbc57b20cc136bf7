package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime"
	"time"

	"portico/internal/audit"
	"portico/internal/auth"
	"portico/internal/config"
	"portico/internal/customers"
	"portico/internal/imports"
	"portico/internal/mail"
	"portico/internal/maintenance"
	"portico/internal/outbox"
	"portico/internal/passkey"
	"portico/internal/password"
	"portico/internal/seal"
	"portico/internal/store"
	"portico/internal/twofactorreset"
	"portico/internal/users"
	"portico/internal/web"
)

// hashQueue is how many passwords may wait to be hashed.
const hashQueue = 64

// Portal is all services, wired together over one database and one keyset.
type Portal struct {
	DB        *store.DB
	Keys      *seal.Keys
	Hasher    *password.Hasher
	Auth      *auth.Service
	Customers *customers.Service
	Users     *users.Service
	Imports   *imports.Service
	Resets    *twofactorreset.Service
	Audit     *audit.Log
	Mails     *outbox.Outbox

	cfg     config.Config
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
	ready   *readiness
	stream  *auditStream // nil if events go nowhere
}

// purpose says what a portal is opened for.
type purpose int

const (
	toUse     purpose = iota // a portal that is there, for one command
	toMigrate                // the same, and brings its database up to date
	toMake                   // creates what is missing
	toServe                  // creates what is missing, records its settings, and sends mails
)

// servingCache is how many KiB of pages the database's writer keeps while the
// portal serves: its transactions are small, also those of an import by the page.
const servingCache = 4 << 10

// makes reports whether a purpose creates what is missing.
func (p purpose) makes() bool { return p == toMake || p == toServe }

// Open opens a portal over a data directory to serve it: it creates what is
// missing, and records the settings for other commands. It returns a usageError
// if the configuration is invalid. The caller must call Close.
func Open(ctx context.Context, cfg config.Config, now func() time.Time, log *slog.Logger) (*Portal, error) {
	return open(ctx, cfg, nil, now, log, toServe)
}

// OpenVersion is Open for a test that runs another version of the program, whose
// migrations it gives.
func OpenVersion(ctx context.Context, cfg config.Config, migrations fs.FS, now func() time.Time, log *slog.Logger) (*Portal, error) {
	return open(ctx, cfg, migrations, now, log, toServe)
}

func open(ctx context.Context, cfg config.Config, migrations fs.FS, now func() time.Time, log *slog.Logger, what purpose) (*Portal, error) {
	if err := cfg.Validate(); err != nil {
		return nil, usageError{err}
	}
	if err := checkHash(cfg.WithDefaults()); err != nil {
		return nil, usageError{err}
	}
	place, err := placeOf(cfg.Data)
	if err != nil {
		return nil, err
	}
	place.Migrations = migrations
	place.Waits = func() { log.Info("waiting for another program that brings the database up to date") }
	place.Connections = cfg.DatabaseConnections
	if what == toServe {
		place.WriterCache = servingCache
	}
	openDatabase := store.Open
	switch what {
	case toUse:
		openDatabase = store.OpenExisting
	case toMigrate:
		openDatabase = store.Migrated
	}
	db, err := openDatabase(ctx, place, now)
	if err != nil {
		return nil, err
	}
	p := &Portal{DB: db, cfg: cfg, now: now, log: log, metrics: newMetrics()}
	p.ready = newReadiness(p.tryLogin, now)
	db.Observe(p.metrics.changed)
	err = p.wire(ctx, place, what)
	if err == nil && what.makes() {
		err = db.Mark(ctx)
	}
	if err == nil && what == toServe {
		err = p.keepsMails(ctx)
	}
	if err == nil && what == toServe {
		err = p.record(ctx, true)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return p, nil
}

func hashParams(cfg config.Config) password.Params {
	return password.Params{MemoryKiB: cfg.HashMemory, Time: cfg.HashTime, Parallelism: cfg.HashParallelism}
}

// checkHash returns an error that names the flags if no password can be hashed
// like this.
func checkHash(cfg config.Config) error {
	if err := hashParams(cfg).Validate(); err != nil {
		return fmt.Errorf("--hash-memory, --hash-time and --hash-parallelism: %w", err)
	}
	return nil
}

func (p *Portal) wire(ctx context.Context, place store.Place, what purpose) (err error) {
	if p.Keys, err = openKeys(ctx, p.DB, place, p.cfg.KeysetFile(place.Dir), what.makes()); err != nil {
		return err
	}
	names, err := auth.NamesKey(ctx, p.DB, p.Keys)
	if err != nil {
		return fmt.Errorf("the keyset %s is not the one of this database, put that back: %w", p.Keys.Path(), err)
	}
	noServer := p.cfg.MailServer() == ""
	if !what.makes() {
		recorded, err := recordedSettings(ctx, p.DB, p.Keys)
		if err != nil {
			return err
		}
		if p.cfg, noServer, err = take(p.cfg, recorded); err != nil {
			return err
		}
	}
	p.cfg = p.cfg.WithDefaults()
	sender, err := newSender(p.cfg, place.Dir, p.now)
	if err != nil {
		return usageError{err}
	}
	if what != toServe {
		sender = queueing{}
	}
	p.Mails = &outbox.Outbox{
		DB: p.DB, Keys: p.Keys, Sender: counted{sender, p.metrics.mails}, BaseURL: p.cfg.URL().String(), Now: p.now, Log: p.log, NoServer: noServer,
	}
	p.Hasher = password.NewHasher(hashParams(p.cfg), password.Limits{Slots: runtime.GOMAXPROCS(0), Waiting: hashQueue, Now: p.now})
	if p.Audit, err = audit.Open(ctx, p.DB, p.Keys); err != nil {
		return err
	}
	offices, err := p.cfg.Offices()
	if err != nil {
		return usageError{err}
	}
	rp, err := passkey.NewRelyingParty(p.cfg.URL(), "Portico")
	if errors.Is(err, passkey.ErrNoHost) || errors.Is(err, passkey.ErrInsecure) {
		rp, err = passkey.RelyingParty{}, nil // the pages offer no passkeys
	}
	if err != nil {
		return err
	}
	if p.Auth, err = auth.New(auth.Config{
		DB: p.DB, Keys: p.Keys, Hasher: p.Hasher, Outbox: p.Mails, Names: names, Offices: offices, RP: rp, Skew: p.cfg.CodeWindow,
	}); err != nil {
		return usageError{err}
	}
	p.Customers = customers.New(p.DB, p.Mails)
	p.Users = users.New(p.DB, p.Auth, p.Mails)
	p.Imports = imports.New(p.DB, p.Users)
	p.Resets = twofactorreset.New(p.DB, p.Auth, p.Mails)
	return nil
}

// tryLogin returns an error if a log-in would not work: if the database takes no
// change, or the keyset lacks a key that other nodes seal with.
func (p *Portal) tryLogin(ctx context.Context) error {
	if err := p.DB.TryChange(ctx); err != nil {
		return err
	}
	return maintenance.CheckKeyset(ctx, p.DB, p.Keys)
}

// newSender returns what sends mails: the mail server, or the outbox in dir. It
// returns an error that names the flag if it cannot.
func newSender(cfg config.Config, dir string, now func() time.Time) (mail.Sender, error) {
	files, err := mail.NewOutbox(filepath.Join(dir, "outbox"), cfg.From, now)
	if err != nil {
		return nil, fmt.Errorf("--mail-from: %w", err)
	}
	if cfg.MailServer() == "" {
		return files, nil
	}
	flag := "--smtp"
	if cfg.SMTPFile.Path != "" {
		flag = "--smtp-file " + cfg.SMTPFile.Path
	}
	server, err := mail.NewSMTP(smtpServer(cfg), cfg.From, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return server, nil
}

func smtpServer(cfg config.Config) mail.Server {
	return mail.Server{Address: cfg.MailServer(), Hello: cmp.Or(cfg.SMTPHello, cfg.URL().Hostname(), "localhost"), ClearText: cfg.SMTPClearText}
}

// Server returns the web server. setupToken is the token of the one-time set-up
// link of an empty database, or "". proxies are the trusted proxies in front of
// it.
func (p *Portal) Server(setupToken string, proxies web.Proxies) (*web.Server, error) {
	return web.New(web.Config{
		Auth: p.Auth, Customers: p.Customers, Users: p.Users, Imports: p.Imports, Resets: p.Resets, Audit: p.Audit, Ready: p.ready.check, Fits: p.fits,
		BaseURL: p.cfg.URL(), NoMail: p.Mails.NoServer, SetupToken: setupToken, Proxies: proxies, Now: p.now, Log: p.log, Observe: p.metrics.answered, PageAsked: p.Hasher.PageAsked,
	})
}

// fits returns an error if the database no longer fits this program. It logs
// this once, and once more when the database fits again.
func (p *Portal) fits(ctx context.Context) error {
	return p.DB.StillFits(ctx, func(err error) {
		if err != nil {
			p.log.Error("stopped serving, because the database changed under this program", "error", err)
		} else {
			p.log.Info("serving again, because the database fits again")
		}
	})
}

// Close waits for work in the background and closes the database.
func (p *Portal) Close() error {
	p.Auth.Wait()
	return p.DB.Close()
}

// with opens a portal that is there for the duration of one command. What the
// command mails is queued, and serve sends it.
func with(env *environment, cfg config.Config, f func(*Portal) error) error {
	return during(env, cfg, toUse, f)
}

// during opens a portal for the duration of f. Lock files that root has made would
// keep serve from its start, so they go to the owner of the data directory.
func during(env *environment, cfg config.Config, what purpose, f func(*Portal) error) error {
	p, err := open(env.ctx, cfg, nil, env.now, env.log(), what)
	if err == nil {
		err = errors.Join(f(p), p.Close())
	}
	place, known := placeOf(cfg.Data)
	if known != nil {
		return err // which says the same
	}
	_, left := handOver(place.Dir, place.Files())
	return errors.Join(err, left)
}
