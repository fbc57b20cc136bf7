// Package config owns the settings of the program: their names as flags and
// environment variables, their defaults, and what is wrong with a value.
//
// It does not read files or open anything, and imports none of ours. The tags
// are kong's; each flag is also an environment variable PORTICO_ and its name
// in capitals, with underscores.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// DefaultBaseURL is the base URL when none is given; serve then takes the port
// that it listens on.
const DefaultBaseURL = "http://localhost:8080"

// Data is where the portal keeps what it knows; every command asks for it.
type Data struct {
	Data string `help:"Directory of the database, the keyset and mails that are not sent." default:"./data" placeholder:"DIR"`
}

// Config is every setting of a portal at work.
type Config struct {
	Data    `embed:""`
	BaseURL string `name:"base-url" help:"Address under which people reach the portal; links in mails begin with it." default:"http://localhost:8080" placeholder:"URL"`
	SMTP    string `name:"smtp" help:"Mail server, such as smtp://user:password@mail.example.com:587 or smtps://... Without one, each mail is a file in DIR/outbox." placeholder:"URL"`
	From    string `name:"mail-from" help:"Sender of the mails." default:"Portico <portico@localhost>" placeholder:"ADDRESS"`

	HashMemory      uint32 `name:"hash-memory" help:"Memory of one password hash (argon2id), in KiB." default:"19456" placeholder:"KIB"`
	HashTime        uint32 `name:"hash-time" help:"Passes of one password hash." default:"2" placeholder:"N"`
	HashParallelism uint8  `name:"hash-parallelism" help:"Lanes of one password hash." default:"1" placeholder:"N"`
	CodeWindow      int64  `name:"code-window" help:"How many 30-second steps before and after the current one a code may be of: 0 or 1." default:"1" placeholder:"N"`
}

// Listen is where serve and demo listen.
type Listen struct {
	Listen string `help:"Address and port to listen on." default:"127.0.0.1:8080" placeholder:"ADDRESS"`
}

// Validate says in a sentence what is wrong with the settings.
func (c Config) Validate() error {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("--base-url %q: give scheme and host alone, such as https://portal.example.com", c.BaseURL)
	}
	if c.CodeWindow < 0 || c.CodeWindow > 1 {
		return errors.New("--code-window: give 0 or 1")
	}
	return nil
}

// Validate refuses an address that is none, and one that others than this
// machine reach: passwords would travel in clear until the portal can speak
// TLS itself or knows its proxy.
func (l Listen) Validate() error {
	host, _, err := net.SplitHostPort(l.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q: give address and port, such as 127.0.0.1:8080", l.Listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %q: the portal listens on this machine alone; put a proxy with TLS in front of it", l.Listen)
	}
	return nil
}

// URL returns the base URL without a slash at its end. Validate has parsed it
// before.
func (c Config) URL() *url.URL {
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return &url.URL{}
	}
	u.Path = ""
	return u
}

// String shows the settings without the password of the mail server.
func (c Config) String() string {
	smtp := c.SMTP
	if u, err := url.Parse(smtp); err == nil {
		smtp = u.Redacted()
	} else if smtp != "" {
		smtp = "(unreadable)"
	}
	return fmt.Sprintf("data=%s base-url=%s smtp=%s mail-from=%s hash=m=%d,t=%d,p=%d code-window=%d",
		c.Data.Data, c.BaseURL, smtp, c.From, c.HashMemory, c.HashTime, c.HashParallelism, c.CodeWindow)
}
