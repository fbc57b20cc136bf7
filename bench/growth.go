package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

// grown is one of several portals that differ only in size.
type grown struct {
	*portal
	people   int
	operator string // session cookie
	crowd    *crowd
}

// operation is an operation that is measured in each portal.
type operation struct {
	what  string
	one   func(g *grown) (time.Duration, error)
	times []time.Duration // for each portal
	most  []float64       // peak memory in MiB, for each portal
}

// growth measures operations in portals with more and more people, in turns.
// Each portal has as many events as people and a hundredth as many customers,
// but at least a hundred, which are two pages of the list. With a PostgreSQL
// server, they are filled on SQLite and moved. It prints a table and draws a chart.
func (b *bench) growth(people, rounds int, picture string) error {
	if err := b.build(); err != nil {
		return err
	}
	var portals []*grown
	for n := 1000; n <= people; n *= 10 {
		if err := b.fillGrown(n); err != nil {
			return fmt.Errorf("%d people: %w", n, err)
		}
	}
	for n := 1000; n <= people; n *= 10 { // after all are filled, because sessions end meanwhile
		g, err := b.startGrown(n, rounds)
		if err != nil {
			return fmt.Errorf("%d people: %w", n, err)
		}
		defer g.stop()
		portals = append(portals, g)
	}
	fmt.Fprintln(os.Stderr, "Waiting until the portals have done what they do at their start.")
	for _, g := range portals {
		g.settle()
	}
	operations := b.operations()
	for i := range operations {
		o := &operations[i]
		fmt.Fprintf(os.Stderr, "Measuring: %s.\n", o.what)
		if err := o.measure(portals, rounds); err != nil {
			return fmt.Errorf("%s: %w", o.what, err)
		}
	}
	printGrowth(os.Stdout, portals, operations)
	if picture != "" {
		if err := os.WriteFile(picture, drawGrowth(portals, operations), 0o644); err != nil {
			return err
		}
	}
	return b.printUpkeep(portals)
}

// settle waits until a portal has used next to no CPU for a second. In the first
// seconds it compares the end of each customer's audit log with its signature.
func (p *portal) settle() {
	for {
		before := cpuOf(p.process())
		time.Sleep(time.Second)
		if cpuOf(p.process())-before < 3*time.Second/ticks {
			return
		}
	}
}

// operations returns the operations that must not take longer with more people.
// Log-in is last, because the memory of its hashes is kept for a while.
func (b *bench) operations() []operation {
	const list, log = "/administration/access", "/administration/audit"
	page := func(path string) func(*grown) (time.Duration, error) {
		return func(g *grown) (time.Duration, error) {
			took, _, err := g.get(path)
			return took, err
		}
	}
	wire := func(status int, text func(*grown) []byte) func(*grown) (time.Duration, error) {
		return func(g *grown) (time.Duration, error) {
			w, err := dial(g.address)
			if err != nil {
				return 0, err
			}
			defer func() { _ = w.conn.Close() }()
			start := time.Now()
			a, err := w.do(text(g))
			if err == nil && a.status != status {
				err = fmt.Errorf("answered %d", a.status)
			}
			return time.Since(start), err
		}
	}
	return []operation{
		{what: "session check", one: wire(http.StatusNoContent, func(g *grown) []byte { return request("GET", "/session", g.cookie, "") })},
		{what: "list, first page", one: page(list)},
		{what: "list, next page", one: func(g *grown) (time.Duration, error) {
			path, err := g.nextPage(list)
			if err != nil {
				return 0, err
			}
			return page(path)(g)
		}},
		{what: "search that finds one", one: page(list + "?q=user0000123")},
		{what: "2FA enabled, with the counts", one: page(list + "?filter=2fa-enabled")},
		{what: "audit log, first page", one: page(log)},
		{what: "CSV of a search", one: page("/administration/access.csv?q=user0000123")},
		{what: "list of customers", one: wire(http.StatusOK, func(g *grown) []byte { return request("GET", "/customers", g.operator, "") })},
		{what: "log-in with password and code", one: loggingInOnce},
	}
}

func loggingInOnce(g *grown) (time.Duration, error) {
	somebody, err := g.crowd.somebody()
	if err != nil {
		return 0, err
	}
	w, err := dial(g.address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.conn.Close() }()
	start := time.Now()
	a, err := logIn(w, somebody)
	if err == nil && a.status != http.StatusSeeOther {
		err = fmt.Errorf("a log-in ended with %d", a.status)
	}
	return time.Since(start), err
}

// measure records the median time of each portal, measured in turns, and its
// peak memory.
func (o *operation) measure(portals []*grown, rounds int) error {
	times := make([][]time.Duration, len(portals))
	for _, g := range portals {
		if err := g.forgetMost(); err != nil {
			return err
		}
	}
	for range rounds {
		for i, g := range portals {
			took, err := o.one(g)
			if err != nil {
				return fmt.Errorf("%d people: %w", g.people, err)
			}
			times[i] = append(times[i], took)
		}
	}
	for i, g := range portals {
		most, err := g.peak()
		if err != nil {
			return err
		}
		o.times, o.most = append(o.times, median(times[i])), append(o.most, most)
	}
	return nil
}

// forgetMost resets the peak memory of the program.
func (p *portal) forgetMost() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.process()), []byte("5"), 0)
}
