package cli

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"portico/internal/config"
	"portico/internal/web"
)

type demoCommand struct {
	config.Listen `embed:""`
	Users         int `help:"Number of additional sample users in the first customer." default:"40" placeholder:"N"`
}

// Validate is called by kong. It rejects addresses that other machines reach.
func (c demoCommand) Validate() error {
	return errors.Join(c.Listen.Validate(), config.Transport{}.Fits(c.Listen, config.Config{}))
}

// Run creates a portal in a temporary directory, prints who may log in, serves
// until ctx ends, and removes everything.
func (c demoCommand) Run(env *environment) (err error) {
	if c.Users < 0 {
		return usageError{errors.New("--users: give 0 or more")}
	}
	listener, err := listen(env.ctx, "--listen", c.Listen.Listen)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "portico-demo-")
	if err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := config.Config{
		Data: config.Data{Data: dir}, BaseURL: baseURLFor("", listener, false), From: "Portico demo <demo@localhost>", CodeWindow: 1,
	}
	mails, err := new(net.ListenConfig).Listen(env.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	return during(env, cfg, toServe, func(p *Portal) error {
		box := &mailbox{Sender: p.Mails.Sender, now: env.now}
		p.Mails.Sender, p.Mails.NoServer = box, false // its page is where they arrive
		server := &http.Server{Handler: box.pages(), ReadHeaderTimeout: 10 * time.Second}
		go func() { _ = server.Serve(mails) }() // ends with the demo
		defer func() { _ = server.Close() }()   // no request there is worth waiting for
		people, err := samplePeople(env.ctx, p, c.Users)
		if err != nil {
			return fmt.Errorf("making the sample people: %w", err)
		}
		say(env.stdout, "A temporary portal. Press Ctrl-C to stop it and delete all its data.\n\n    %s/login\n\nEverybody's password is\n\n    %s\n\n",
			cfg.URL(), people.password)
		t := newTable(env.stdout, "LOGIN ID", "WHO", "CUSTOMER", "LANGUAGE", "STATE", "AUTHENTICATOR KEY OR LINK")
		for _, s := range people.shown {
			t.row(s.loginID, s.who, s.customer, s.language, s.state, s.key)
		}
		if err := t.end(); err != nil {
			return err
		}
		say(env.stdout, "\nType a key into an authenticator app, or ask for its code with: oathtool --totp -b KEY\nMails to users are shown at http://%s/\nMails are files in %s/outbox\n\n", mails.Addr(), dir)
		return p.serve(env.ctx, listener, nil, "", web.Proxies{}, func() {})
	})
}
