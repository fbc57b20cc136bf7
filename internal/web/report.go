package web

import (
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portico"
	"portico/internal/spreadsheet"
	"portico/internal/users"
	"portico/internal/web/ui"
)

const (
	reportNames  = 50  // people without 2FA who are named on the page
	reportResets = 500 // resets that are shown on the page
	reportDays   = 30  // the default period
)

// reportFilterOf returns the filter for the resets of the report. Without a
// period in the address, they are those of the last reportDays.
func (s *Server) reportFilterOf(r *http.Request) (eventFilter, error) {
	asked, today := r.URL.Query(), in(s.zone(r), s.Now())
	from, until := asked.Get("from"), asked.Get("until")
	if from == "" && until == "" {
		from, until = today.AddDate(0, 0, -reportDays).Format(time.DateOnly), today.Format(time.DateOnly)
	}
	f, err := s.eventFilterOf(r, url.Values{"from": {from}, "until": {until}})
	f.query.Actions = portico.ActionsOfResets()
	return f, err
}

// errEnough stops an export once the page has enough events.
var errEnough = errors.New("enough")

func (s *Server) reportPage(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	p, err := s.reportFilterOf(r)
	if err != nil {
		return err
	}
	page := ui.ReportPage{
		Layout: s.layout(r, "2FA report", sc.report()), Customer: sc.customer.Name, At: s.Now(), From: p.from, Until: p.until,
		CSV: sc.report() + ".csv?" + url.Values{"from": {p.from}, "until": {p.until}}.Encode(),
	}
	found, err := s.Users.TwoFactorReport(r.Context(), sc.actor, sc.customer.ID, reportNames)
	if err != nil {
		return err
	}
	page.Without, page.More = found.Without, found.More
	page.Lacking, page.MoreLack = found.Lacking, found.MoreLack
	for _, n := range found.Passkeys {
		page.Passkeys = append(page.Passkeys, ui.PasskeyLack(n))
	}
	for _, c := range found.Roles {
		page.Roles = append(page.Roles, ui.RoleCoverage{Role: c.Role, Enabled: c.Enabled, Disabled: c.Disabled, None: c.None})
		page.All.Active += c.Enabled + c.Disabled + c.None
		page.All.Enabled, page.All.Disabled, page.All.None = page.All.Enabled+c.Enabled, page.All.Disabled+c.Disabled, page.All.None+c.None
	}
	if p.problem != nil {
		page.Problem = s.problem(r, p.problem)
		return s.send(w, http.StatusUnprocessableEntity, page)
	}
	err = s.Audit.Export(r.Context(), sc.actor, sc.customer.ID, p.query, func(events []portico.Event) error {
		for _, e := range events {
			if page.MoreResets = len(page.Resets) == reportResets; page.MoreResets {
				return errEnough
			}
			page.Resets = append(page.Resets, ui.ResetRow{Event: e, Reset: e.ResetDetails()})
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return s.show(w, page)
}

// reportCSV sends the whole report as one table. The first column says what a
// line is about.
func (s *Server) reportCSV(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	p, err := s.reportFilterOf(r)
	if err != nil {
		return err
	}
	if p.problem != nil {
		return p.problem
	}
	found, err := s.Users.TwoFactorReport(r.Context(), sc.actor, sc.customer.ID, 0)
	if err != nil {
		return err
	}
	t := reportTable{download: s.download(w, r, typeCSV, sc.customer.Slug+"-2fa-report.csv"), out: csv.NewWriter(w)}
	return s.ended(r, t.download, s.writeReport(r, &t, found, p))
}

func (s *Server) writeReport(r *http.Request, t *reportTable, found users.TwoFactorReport, p eventFilter) error {
	sc := scopeOf(r)
	err := t.rows(func() {
		t.row(reportLine{"line", "role", "two_factor", "people", "time", "person", "by", "by_login_id", "by_role", "reason", "proof", "approver", "authenticators", "deleted_authenticator"})
		for _, c := range found.Roles {
			for _, n := range []struct {
				state  portico.TwoFactor
				people int
			}{{portico.TwoFactorEnabled, c.Enabled}, {portico.TwoFactorDisabled, c.Disabled}, {portico.TwoFactorNone, c.None}} {
				t.row(reportLine{"coverage", string(c.Role), string(n.state), strconv.Itoa(n.people)})
			}
		}
	})
	for _, filter := range []portico.PeopleFilter{portico.FilterDisabled, portico.FilterNone} {
		if err != nil {
			return err
		}
		err = s.Users.Export(r.Context(), sc.actor, sc.customer.ID, portico.PeopleQuery{Filter: filter}, func(people []users.Exported) error {
			return t.rows(func() {
				for _, u := range people {
					if u.Status != portico.Active { // may not log in
						continue
					}
					t.row(reportLine{0: "without", 1: string(u.Role), 2: string(u.TwoFactor), 5: u.NameAndLogin(), 12: u.Authenticators})
				}
			})
		})
	}
	if err == nil {
		err = s.writePasskeys(r, t, found.Passkeys)
	}
	if err != nil {
		return err
	}
	return s.writeResets(r, t, p)
}

// writeResets writes the deleted setups and authenticators of the period.
func (s *Server) writeResets(r *http.Request, t *reportTable, p eventFilter) error {
	sc := scopeOf(r)
	return s.Audit.Export(r.Context(), sc.actor, sc.customer.ID, p.query, func(events []portico.Event) error {
		return t.rows(func() {
			for _, e := range events {
				d, line := e.ResetDetails(), "reset"
				if e.Action == portico.AuthenticatorReset {
					line = "authenticator_reset"
				}
				t.row(reportLine{
					line, "", "", "", e.At.UTC().Format(time.RFC3339), e.TargetName, e.Actor.Name, e.Actor.LoginID,
					string(e.Actor.Role), d.Reason, d.Proof, d.Approver, "", d.AuthenticatorMessage().String(),
				})
			}
		})
	})
}

// writePasskeys writes how many people of each role lack the passkey that it requires,
// and who, each with the day from which they need it.
func (s *Server) writePasskeys(r *http.Request, t *reportTable, roles []users.PasskeyLack) error {
	sc := scopeOf(r)
	day := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	for _, n := range roles {
		err := t.rows(func() {
			t.row(reportLine{0: "passkey_required", 1: string(n.Role), 3: strconv.Itoa(n.People), 4: day(n.From)})
		})
		if err != nil {
			return err
		}
		err = s.Users.Export(r.Context(), sc.actor, sc.customer.ID, portico.PeopleQuery{Role: n.Role}, func(people []users.Exported) error {
			return t.rows(func() {
				for _, u := range people {
					if u.Status != portico.Active || u.Passkey != portico.PasskeyNone {
						continue
					}
					from := sc.customer.Policy.PasskeyAhead(u.User, time.Time{})
					t.row(reportLine{0: "without_passkey", 1: string(u.Role), 2: string(u.TwoFactor), 4: day(from), 5: u.NameAndLogin(), 12: u.Authenticators})
				}
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reportLine is one line of the table: line, role, two_factor, people, time,
// person, by, by_login_id, by_role, reason, proof, approver, authenticators,
// deleted_authenticator.
type reportLine [14]string

// reportTable writes the table piece by piece.
type reportTable struct {
	*download
	out *csv.Writer
}

func (t *reportTable) rows(write func()) error {
	if err := t.piece(); err != nil {
		return err
	}
	write()
	t.out.Flush()
	return t.out.Error()
}

func (t *reportTable) row(line reportLine) {
	for i := range line {
		line[i] = spreadsheet.Cell(line[i])
	}
	_ = t.out.Write(line[:]) // rows returns a failed write
}
