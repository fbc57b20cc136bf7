package cli

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"portico/internal/config"
)

// healthCommand is for containers, which have no other program to check the
// portal with.
type healthCommand struct {
	config.Listen `embed:""`
	ConfigFile    string `name:"config" help:"Settings file of serve. Without this flag, DIR/portico.toml is read if it exists." placeholder:"FILE"`
	Data          string `help:"Data directory of serve, for its settings file." default:"./data" placeholder:"DIR"`
	TLS           bool   `name:"tls" help:"The portal uses TLS itself (--tls-cert)."`
}

// healthTimeout is how long the answer may take.
const healthTimeout = 5 * time.Second

// longestReason is how much of an answer is printed, in bytes.
const longestReason = 2048

func (c healthCommand) Run(env *environment) error {
	r, err := http.NewRequestWithContext(env.ctx, http.MethodGet, scheme(c.TLS)+"://"+c.Listen.Listen+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("asking the portal: %w", err)
	}
	// The certificate is for the portal's public name, not for the address used
	// here.
	client := http.Client{Timeout: healthTimeout, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // the request contains no secrets
	res, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("asking the portal: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // nothing was written
	if res.StatusCode != http.StatusOK {
		return notReady(res)
	}
	env.done("ready\n")
	return nil
}

// notReady is the error for an answer, with the reason that the portal gives. The
// page of another program at that address is none.
func notReady(res *http.Response) error {
	reason := res.Status
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		body, err := io.ReadAll(io.LimitReader(res.Body, longestReason))
		if err != nil {
			return fmt.Errorf("the portal is not ready: %s: %w", res.Status, err)
		}
		reason = cmp.Or(strings.TrimSpace(string(body)), reason)
	}
	return fmt.Errorf("the portal is not ready: %s", reason)
}
