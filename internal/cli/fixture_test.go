package cli_test

import (
	"bytes"
	"context"
	"encoding/base32"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico"
	"portico/internal/cli"
	"portico/internal/porticotest"
	"portico/internal/testdb"
)

// run runs a command over the database of a directory and returns its output.
// It fails the test if the exit code is not want.
func run(t *testing.T, dir string, want int, args ...string) string {
	t.Helper()
	code, out := program(t, dir, args...)
	if code != want {
		t.Fatalf("%v exits with %d:\n%s", args, code, out)
	}
	return out
}

// program runs a command and returns its exit code and output.
func program(t *testing.T, dir string, args ...string) (code int, out string) {
	t.Helper()
	args = append(args, "--data", dir)
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		args = append(args, "--database", url)
	}
	var b bytes.Buffer
	code = cli.Run(context.Background(), args, strings.NewReader(""), &b, &b)
	return code, b.String()
}

// nowhere returns a directory whose database does not exist yet.
func nowhere(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	porticotest.SetDatabase(dir, testdb.New(t, nil))
	return dir
}

// fixture is a portal with people in various states.
type fixture struct {
	ben     []byte              // the key of his authenticator
	codes   []string            // his recovery codes
	link    string              // mailed to Carla
	ann     *porticotest.Client // logged in
	pending *porticotest.Client // Ben's, after the password
}

func newFixture(t *testing.T, p *porticotest.Portal) *fixture {
	t.Helper()
	acme := p.Customer("acme", "Acme Telecom")
	p.User(acme.ID, "ann", portico.RoleAdministrator)
	p.User(acme.ID, "ben", portico.RoleUser)
	if _, err := p.Users.Invite(context.Background(), portico.CommandLine(), acme.ID, portico.User{
		FirstName: "Carla", LastName: "C", Email: "carla@example.com", Role: portico.RoleUser,
	}); err != nil {
		t.Fatal(err)
	}
	c := &fixture{link: p.Mails("carla@example.com")[0].Link("/activate/")}
	c.link = c.link[strings.Index(c.link, "/activate/"):]
	b := p.Client()
	b.Login("ben", porticotest.Password, "")
	setup := b.Fill(b.Get("/account"), "Two Factor Authentication")
	c.ben = keyOf(t, setup.TestID("setup-key"))
	page := b.Fill(setup, "Submit", "Enter the code here", p.Code(c.ben, 0))
	c.codes = recoveryCode.FindAllString(page.Body, -1)
	if len(c.codes) != 10 {
		t.Fatalf("%d recovery codes:\n%s", len(c.codes), page.Text())
	}
	b.Fill(page, "I have saved my recovery codes")
	p.Clock.Advance(30 * time.Second)
	c.pending = p.Client()
	c.pending.Login("ben", porticotest.Password, "")
	c.ann = p.Client()
	if page := c.ann.Login("ann", porticotest.Password, ""); !page.Has("Hello Ann") {
		t.Fatalf(`logging in as ann: got %s, want the text "Hello Ann"`, page.Text())
	}
	return c
}

// later sets a portal's clock to the machine's, which commands use, and then
// forward by d.
func later(p *porticotest.Portal, d time.Duration) {
	p.Clock.Advance(time.Now().Add(d).Sub(p.Clock.Now()))
}

var recoveryCode = regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5}`)

// keyOf decodes a key as the set-up page shows it.
func keyOf(t *testing.T, shown string) []byte {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(shown, " ", ""))
	if err != nil || len(key) != 20 {
		t.Fatalf("key %q: %v", shown, err)
	}
	return key
}
