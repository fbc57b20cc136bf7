package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portico/internal/store"
)

const (
	// lookWait is how long an answer to Prometheus waits for the database. After
	// that it has the values of the look before.
	lookWait = 500 * time.Millisecond
	// lookTimeout ends a look, so that a database that is away is asked again.
	lookTimeout = 10 * time.Second
	// countedMost is the largest number that is counted of anything.
	countedMost = 10_000
)

// databaseLook is what the database held when it last answered.
type databaseLook struct {
	lockedOut, mails       int
	oldestMail, lastBackup time.Time
	oldestUnsent           time.Time // event for --audit-stream
	schema                 int64
}

// lookAtDatabase reads everything that the metrics say of the database. streams
// is true if events go elsewhere.
func lookAtDatabase(ctx context.Context, db *store.DB, streams bool) (l databaseLook, err error) {
	r := db.Read(ctx)
	if l.lockedOut, err = r.LockedAnywhere(countedMost); err != nil {
		return l, err
	}
	queue, err := r.MailQueue(countedMost)
	if err != nil {
		return l, err
	}
	l.mails, l.oldestMail = queue.Waiting, queue.Oldest
	if l.lastBackup, err = r.LastBackup(); err != nil {
		return l, err
	}
	if streams {
		if l.oldestUnsent, err = r.OldestUnsent(); err != nil && !errors.Is(err, store.ErrNotFound) {
			return l, err
		}
	}
	schema, err := db.Schema(ctx)
	l.schema = schema.Version
	return l, err
}

// databaseMetrics tells Prometheus about the database. While the database does
// not answer, it tells the values of the last look, and how old they are.
type databaseMetrics struct {
	look  func(context.Context) (databaseLook, error)
	ready func(context.Context) error
	now   func() time.Time

	streams bool // whether events go elsewhere

	mu       sync.Mutex
	last     databaseLook
	seen     bool      // whether a look has succeeded
	at       time.Time // of the last look; of the start before the first one
	works    bool      // whether a log-in would work
	underWay chan struct{}
}

func newDatabaseMetrics(p *Portal) *databaseMetrics {
	streams := p.stream != nil
	return &databaseMetrics{
		look:  func(ctx context.Context) (databaseLook, error) { return lookAtDatabase(ctx, p.DB, streams) },
		ready: p.ready.check, now: p.now, at: p.now(), streams: streams,
	}
}

func gaugeDesc(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }

var (
	readyDesc   = gaugeDesc("portico_ready", "1 if a log-in would work, as /readyz says.")
	lookAgeDesc = gaugeDesc("portico_database_look_age_seconds", "Age of the values that are read from the database.")
	lockedDesc  = gaugeDesc("portico_locked_out", "Accounts that have to wait before their next attempt, 10000 at most.")
	mailsDesc   = gaugeDesc("portico_mails_waiting", "Mails that wait to be sent, 10000 at most.")
	oldestDesc  = gaugeDesc("portico_oldest_mail_age_seconds", "Age of the oldest mail that waits to be sent; 0 if none waits.")
	backupDesc  = gaugeDesc("portico_last_backup_timestamp_seconds", "When portico backup last wrote a backup; 0 if it never did.")
	lagDesc     = gaugeDesc("portico_audit_stream_lag_seconds", "Age of the oldest audit event that was not sent to --audit-stream; 0 if all were.")
	schemaDesc  = gaugeDesc("portico_schema_version", "Version of the database.")
)

// Describe implements prometheus.Collector.
func (m *databaseMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{readyDesc, lookAgeDesc, lockedDesc, mailsDesc, oldestDesc, backupDesc, lagDesc, schemaDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *databaseMetrics) Collect(to chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	answered := m.lookAgain()
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	tell(readyDesc, number(answered && m.works))
	tell(lookAgeDesc, max(0, now.Sub(m.at).Seconds()))
	if !m.seen {
		return
	}
	tell(lockedDesc, float64(m.last.lockedOut))
	tell(mailsDesc, float64(m.last.mails))
	tell(oldestDesc, age(now, m.last.oldestMail))
	if m.streams {
		tell(lagDesc, age(now, m.last.oldestUnsent))
	}
	tell(backupDesc, seconds(m.last.lastBackup))
	tell(schemaDesc, float64(m.last.schema))
}

// lookAgain begins a look unless one is under way, and waits for it for lookWait.
// It reports whether the look has ended.
func (m *databaseMetrics) lookAgain() bool {
	m.mu.Lock()
	if m.underWay == nil {
		m.underWay = make(chan struct{})
		go m.lookOnce(m.underWay)
	}
	ended := m.underWay
	m.mu.Unlock()
	wait := time.NewTimer(lookWait)
	defer wait.Stop()
	select {
	case <-ended:
		return true
	case <-wait.C:
		return false
	}
}

func (m *databaseMetrics) lookOnce(ended chan<- struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	notReady := m.ready(ctx)
	seen, err := m.look(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.works = notReady == nil
	if err == nil { // otherwise the age says it, and the jobs log why
		m.last, m.seen, m.at = seen, true, m.now()
	}
	m.underWay = nil
	close(ended)
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// age returns how long something waits, and 0 if nothing does.
func age(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}

// seconds returns a time as Prometheus writes it, and 0 for the zero time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
