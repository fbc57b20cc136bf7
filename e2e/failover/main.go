// Command failover is the load of make failover: on two nodes, people log in
// and an administrator creates people while the database fails over. It writes
// down what was acknowledged, and prints the longest time without an
// acknowledged write. It fails if an acknowledged log-in is lost, or if any
// request had a response that it must not have. failover.sh checks the created
// people.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// load is everything that was sent, with its results.
type load struct {
	nodes    []string
	password string
	until    time.Time

	mu       sync.Mutex
	acked    *bufio.Writer
	creates  int
	logins   []*http.Client // each with an acknowledged session
	last     time.Time
	gap      time.Duration
	statuses map[string]map[int]int // by request; 0 means that there was no response
	wrong    []string               // responses that are not allowed
}

func main() {
	nodes := flag.String("nodes", "", "addresses of the nodes, with commas")
	acked := flag.String("acked", "", "file for the email addresses of the people that were created")
	lasts := flag.Duration("lasts", time.Minute, "how long")
	flag.Parse()
	if err := run(strings.Split(*nodes, ","), *acked, *lasts); err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		os.Exit(1)
	}
}

func run(nodes []string, acked string, lasts time.Duration) (err error) {
	f, err := os.Create(acked)
	if err != nil {
		return err
	}
	l := &load{nodes: nodes, password: os.Getenv("PASSWORD"), until: time.Now().Add(lasts), acked: bufio.NewWriter(f), statuses: map[string]map[int]int{}}
	defer func() { err = errors.Join(err, l.acked.Flush(), f.Close()) }()
	var work sync.WaitGroup
	for i, node := range nodes {
		b, status := l.login(node, "alice", l.password)
		if status != http.StatusSeeOther {
			return fmt.Errorf("%s: the administrator cannot log in: %d", node, status)
		}
		for w := range 4 {
			work.Go(func() { l.create(node, b, fmt.Sprintf("p%d-%d", i, w)) })
		}
		work.Go(func() { l.logIn(node) })
		work.Go(func() { l.knock(node, b) })
	}
	work.Wait()
	l.print()
	return l.check()
}

// browser returns a client that keeps cookies and does not follow redirects.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask returns the status of the response, or 0 if there is none, and where it
// redirects to.
func (l *load) ask(what string, send func() (*http.Response, error)) (status int, to string) {
	res, err := send()
	if err == nil {
		status, to = res.StatusCode, res.Header.Get("Location")
		_ = res.Body.Close() // only the status matters
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.statuses[what] == nil {
		l.statuses[what] = map[int]int{}
	}
	l.statuses[what][status]++
	return status, to
}

func (l *load) get(what string, b *http.Client, address string) int {
	status, _ := l.ask(what, func() (*http.Response, error) { return b.Get(address) })
	return status
}

func (l *load) login(node, id, password string) (*http.Client, int) {
	b := browser()
	status, _ := l.ask("POST /login", func() (*http.Response, error) {
		return b.PostForm(node+"/login", url.Values{"login_id": {id}, "password": {password}})
	})
	return b, status
}

// wrote records an acknowledged write, and the time since the one before.
func (l *load) wrote(email string, b *http.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !l.last.IsZero() {
		l.gap = max(l.gap, now.Sub(l.last))
	}
	l.last = now
	if b != nil {
		l.logins = append(l.logins, b)
		return
	}
	l.creates++
	_, _ = fmt.Fprintln(l.acked, email) // Flush returns its error
}

func (l *load) create(node string, b *http.Client, name string) {
	for n := 0; time.Now().Before(l.until); n++ {
		email := fmt.Sprintf("%s-%d@example.com", name, n)
		status, to := l.ask("POST /administration/access/new", func() (*http.Response, error) {
			return b.PostForm(node+"/administration/access/new", url.Values{"first_name": {"P"}, "last_name": {name}, "email": {email}, "role": {"user"}})
		})
		if status == http.StatusSeeOther && strings.HasPrefix(to, "/administration/") {
			l.wrote(email, nil)
		} else {
			l.expect("a new person", status, 503)
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func (l *load) logIn(node string) {
	for ; time.Now().Before(l.until); time.Sleep(200 * time.Millisecond) {
		if b, status := l.login(node, "ulla", l.password); status == http.StatusSeeOther {
			l.wrote("", b)
		} else {
			l.expect("a log-in", status, 503)
		}
	}
}

// knock sends requests all the time. Without a session, or with a forged one,
// the response must never be a success. With a session, it must be a success or
// 503.
func (l *load) knock(node string, b *http.Client) {
	nobody, forger := browser(), browser()
	at, _ := url.Parse(node)
	forger.Jar.SetCookies(at, []*http.Cookie{{Name: "portico_session", Value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Path: "/"}})
	for time.Now().Before(l.until) {
		l.expect("healthz", l.get("GET /healthz", nobody, node+"/healthz"), 200)
		l.expect("readyz", l.get("GET /readyz", nobody, node+"/readyz"), 200, 503)
		l.expect("nobody's session", l.get("GET /session, nobody", nobody, node+"/session"), 401)
		l.expect("a forged session", l.get("GET /session, forged", forger, node+"/session"), 401, 503)
		l.expect("a session", l.get("GET /session", b, node+"/session"), 204, 503)
		l.expect("a page", l.get("GET /account", b, node+"/account"), 200, 503)
		time.Sleep(100 * time.Millisecond)
	}
}

func (l *load) expect(what string, status int, allowed ...int) {
	for _, a := range allowed {
		if status == a {
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrong = append(l.wrong, fmt.Sprintf("%s: %d", what, status))
}

func (l *load) print() {
	for what, by := range l.statuses {
		fmt.Printf("%s: %v\n", what, by)
	}
	fmt.Printf("acknowledged: %d people created, %d log-ins\nlongest time without an acknowledged write: %.1f s\n", l.creates, len(l.logins), l.gap.Seconds())
}

// check uses every acknowledged session again.
func (l *load) check() error {
	lost := 0
	for i, b := range l.logins {
		if l.get("GET /session, afterwards", b, l.nodes[i%len(l.nodes)]+"/session") != http.StatusNoContent {
			lost++
		}
	}
	fmt.Printf("acknowledged log-ins lost: %d\n", lost)
	if len(l.wrong) > 0 || lost > 0 {
		return fmt.Errorf("answers that should not have been: %d, such as %q", len(l.wrong), l.wrong[:min(5, len(l.wrong))])
	}
	return nil
}
