package cli_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/internal/porticotest"
)

// faults is a portal that is killed repeatedly, and what it had acknowledged
// before.
type faults struct {
	t        *testing.T
	portico  string
	flags    []string // say where the database is
	created  []string // email addresses of people whose creation was acknowledged
	ended    []string // tokens of sessions whose end was acknowledged
	mu       sync.Mutex
	sessions int
}

// TestKilledAtAnyMoment kills the portal with SIGKILL again and again. What a
// page has acknowledged must still be there, ended sessions must stay ended,
// and invited people must get their mail. PORTICOTEST_FAULT_ROUNDS sets the number
// of rounds. If PORTICOTEST_FAULT_COMMAND is set, every other round runs that
// command instead, for example an immediate stop and start of PostgreSQL.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return // long
	}
	rounds := porticotest.Amount(6, 2)
	if text := os.Getenv("PORTICOTEST_FAULT_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	portico, err := exec.LookPath("portico")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f := &faults{t: t, portico: portico, flags: []string{"--data", dir}}
	if url := porticotest.DatabaseFor(t, dir); url != "" {
		f.flags = append(f.flags, "--database", url)
	}
	f.command("", "init")
	f.command("", "customer", "create", "--slug", "acme", "--name", "Acme Telecom")
	f.person("alice")
	for round := range rounds {
		if round%few == 0 {
			f.person(bob(round))
		}
		f.round(round)
	}
	list := f.command("", "user", "list", "--customer", "acme")
	lost := 0
	for _, email := range f.created {
		if !strings.Contains(list, email+" ") {
			lost++
		}
	}
	unmailed, again := f.mails(dir)
	t.Logf("%d rounds: %d creations acknowledged, %d lost; %d log-outs acknowledged, %d sessions opened again; %d invitations lost, %d sent again",
		rounds, len(f.created), lost, len(f.ended), f.sessions, unmailed, again)
	if unmailed > 0 || lost > 0 || f.sessions > 0 || len(f.created) < 5*rounds || len(f.ended) < rounds {
		t.Errorf("%d creations acknowledged, %d lost; %d log-outs acknowledged, %d opened again", len(f.created), lost, len(f.ended), f.sessions)
	}
}

// mails sends everything that is waiting. It returns how many created people
// got no mail, and how many mails were sent more than once.
func (f *faults) mails(dir string) (unmailed, again int) {
	f.t.Helper()
	clock := porticotest.ClockAt(time.Now().Add(time.Hour)) // mails that a killed program had begun to send are due again
	sent := map[string]int{}
	for _, m := range porticotest.Start(f.t, dir, clock).Mails("@example.com") {
		_, email, _ := strings.Cut(m.To, "<")
		sent[strings.TrimSuffix(email, ">")]++
	}
	for _, email := range f.created {
		if sent[email] == 0 {
			unmailed++
		}
		again += max(0, sent[email]-1)
	}
	return unmailed, again
}

// few is how many rounds use the same person for logging in and out. Each
// interrupted log-in counts as a failure, so more rounds would be throttled.
const few = 8

func bob(round int) string { return fmt.Sprintf("bob%d", round/few) }

func (f *faults) person(loginID string) {
	f.t.Helper()
	f.command(porticotest.Password, "user", "create", "--customer", "acme", "--login-id", loginID, "--first-name", loginID, "--last-name", "Adams",
		"--email", loginID+"@example.com", "--role", "administrator", "--password-stdin")
}

func (f *faults) command(stdin string, args ...string) string {
	f.t.Helper()
	cmd := exec.Command(f.portico, append(args, f.flags...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		f.t.Fatalf("%v: %v\n%s, want no error", args, err, out)
	}
	return string(out)
}

// round starts the portal, checks that ended sessions are still ended, and
// breaks the portal off in the middle of new work.
func (f *faults) round(round int) {
	f.t.Helper()
	p := start(exec.Command(f.portico, append([]string{"serve", "--listen", "127.0.0.1:0", "--hash-memory", "1024", "--hash-time", "1"}, f.flags...)...))
	defer func() {
		_ = p.cmd.Process.Kill() // it may have ended already
		_ = p.cmd.Wait()         // killed: never a clean exit
	}()
	url := ""
	for line := range p.lines {
		if rest, found := strings.CutPrefix(line, "Portico listens on "); found {
			url = strings.Fields(rest)[0]
			break
		}
	}
	if url == "" {
		f.t.Fatal("ended before it listened")
	}
	for _, token := range f.ended[max(0, len(f.ended)-20):] {
		b := porticotest.NewClient(f.t, url)
		b.SetCookie("portico_session", token)
		if p := b.Get("/session"); p.Status != http.StatusUnauthorized {
			f.sessions++
		}
	}
	b := porticotest.NewClient(f.t, url)
	if page := b.Login("alice", porticotest.Password, ""); !page.Has("Hello alice") {
		f.t.Fatalf(`logging in as alice: got %s, want the text "Hello alice"`, page.Text())
	}
	var wg sync.WaitGroup
	var done atomic.Int64
	var stop atomic.Bool
	var once sync.Once
	before := len(f.ended)
	broken := func() bool {
		n := done.Add(1)
		f.mu.Lock()
		out := len(f.ended) > before
		f.mu.Unlock()
		if n >= int64(8+round%7) && out || n > 500 { // something of each kind was acknowledged
			once.Do(func() { f.breakOff(p, round, &stop) })
		}
		return stop.Load()
	}
	for worker := range 2 {
		wg.Go(func() { f.create(b, fmt.Sprintf("r%dw%d", round, worker), broken) })
	}
	leaving := porticotest.NewClient(f.t, url)
	wg.Go(func() { f.logOut(leaving, bob(round), broken) })
	wg.Wait()
}

// breakOff kills the portal, or runs the command instead.
func (f *faults) breakOff(p *process, round int, stop *atomic.Bool) {
	command := os.Getenv("PORTICOTEST_FAULT_COMMAND")
	if command == "" || round%2 == 0 {
		_ = p.cmd.Process.Kill() // it may have ended already
		return
	}
	if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
		f.t.Errorf("%s: %v: %s, want no error", command, err, out)
	}
	stop.Store(true)
}

// create creates people until the portal is gone.
func (f *faults) create(b *porticotest.Client, name string, broken func() bool) {
	for i := 0; ; i++ {
		email := fmt.Sprintf("%si%d@example.com", name, i)
		status, err := b.TryPost("/administration/access/new", "first_name", "F", "last_name", "L", "email", email, "role", "user")
		if err != nil || status != http.StatusSeeOther {
			return
		}
		f.mu.Lock()
		f.created = append(f.created, email)
		f.mu.Unlock()
		if broken() {
			return
		}
	}
}

// logOut logs a person in and out until the portal is gone.
func (f *faults) logOut(b *porticotest.Client, loginID string, broken func() bool) {
	for {
		if status, err := b.TryPost("/login", "login_id", loginID, "password", porticotest.Password); err != nil || status != http.StatusSeeOther {
			return
		}
		token := b.Cookie("portico_session")
		if status, err := b.TryPost("/logout"); err != nil || status != http.StatusSeeOther {
			return
		}
		f.mu.Lock()
		f.ended = append(f.ended, token)
		f.mu.Unlock()
		if broken() {
			return
		}
	}
}
