package web

import (
	"context"
	"net/http"
	"net/url"

	"portico"
	"portico/internal/twofactorreset"
	"portico/internal/web/ui"
)

func (p scope) resets() string { return p.base + "/resets" }

func (p scope) reset(id portico.ResetID) string {
	return p.resets() + "/" + url.PathEscape(string(id))
}

// request returns the ID of the request that the address names.
func request(r *http.Request) portico.ResetID { return portico.ResetID(r.PathValue("reset")) }

func (s *Server) resetsPage(w http.ResponseWriter, r *http.Request) error {
	sc := scopeOf(r)
	listed, err := s.Resets.List(r.Context(), sc.actor, sc.customer.ID, false)
	if err != nil {
		return err
	}
	page := ui.ResetsPage{Layout: s.layout(r, "Requests to delete a 2FA setup", sc.resets()), Customer: sc.customer.Name}
	page.Rows = resetRows(sc, listed)
	return s.show(w, page)
}

func resetRows(sc scope, listed []twofactorreset.ListedRequest) []ui.RequestRow {
	rows := make([]ui.RequestRow, len(listed))
	for i, l := range listed {
		rows[i] = ui.RequestRow{ResetRequest: l.ResetRequest, Address: sc.reset(l.ID), Step: l.Step, Flagged: l.Flagged}
	}
	return rows
}

func (s *Server) resetPage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.resetPageFor(r)
	if err != nil {
		return err
	}
	return s.show(w, page)
}

func (s *Server) resetPageFor(r *http.Request) (ui.ResetPage, error) {
	sc := scopeOf(r)
	v, err := s.Resets.Find(r.Context(), sc.actor, sc.customer.ID, request(r))
	if err != nil {
		return ui.ResetPage{}, err
	}
	page := ui.ResetPage{
		Layout:  titled(s.layout(r, "", sc.resets()), v.TargetName),
		Request: ui.RequestRow{ResetRequest: v.ResetRequest, Address: sc.reset(v.ID), Step: v.Step, Flagged: v.Flagged},
		User:    v.Person, OnlyNow: v.OnlyNow, Rule: v.Rule, IsRequester: v.IsRequester, Approves: v.MayApprove, ShowsCode: v.MayShowCode, MailProven: v.EmailPastCoolingOff && !s.NoMail, Earlier: v.Earlier,
		CallsLeft: max(0, portico.ResetCalls-v.Calls), CallUntil: v.CallUntil,
		VouchURL: s.BaseURL.String() + "/vouch/" + url.PathEscape(string(v.ID)),
	}
	if due := v.Due(v.Rule); due.After(v.AskedAt) {
		page.Due = due
	}
	for _, e := range v.Logins {
		page.Logins = append(page.Logins, ui.EventRow{Event: e, Browser: e.Actor.Origin.BrowserName()})
	}
	for _, other := range v.Others {
		page.Others = append(page.Others, ui.RequestRow{ResetRequest: other, Address: sc.reset(other.ID)})
	}
	return page, nil
}

// resetStep returns the handler of a button on the page of a request.
func (s *Server) resetStep(do func(context.Context, portico.Actor, portico.CustomerID, portico.ResetID) error, done string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := readForm(r)
		if err != nil {
			return err
		}
		return s.stepDone(w, r, f, do(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, request(r)), done)
	}
}

// stepDone shows the page of a request again after a form on it: with a notice,
// or with err and what was typed.
func (s *Server) stepDone(w http.ResponseWriter, r *http.Request, f form, err error, done string) error {
	if err == nil {
		v, err := s.Resets.Find(r.Context(), scopeOf(r).actor, scopeOf(r).customer.ID, request(r))
		if err != nil {
			return err
		}
		return s.redirectAbout(w, r, scopeOf(r).reset(request(r)), done, v.TargetName)
	}
	return s.rerenderTyped(w, r, f, err, (*Server).typedProof)
}

func (s *Server) typedProof(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.resetPageFor(r)
	page.Problem, page.Number, page.SeenBy = p, f.text("number"), f.text("seen_by")
	return page, err
}

func (s *Server) resetProof(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	sc := scopeOf(r)
	switch kind := portico.ProofKind(f.text("kind")); kind {
	case portico.ProofMailed:
		err = s.Resets.VerifyCallerCode(r.Context(), sc.actor, sc.customer.ID, request(r), f.secret("call_code"))
	case portico.ProofInPerson:
		err = s.Resets.RecordManualVerification(r.Context(), sc.actor, sc.customer.ID, request(r), kind, f.text("seen_by"))
	default:
		err = s.Resets.RecordManualVerification(r.Context(), sc.actor, sc.customer.ID, request(r), kind, f.text("number"))
	}
	return s.stepDone(w, r, f, err, "reset-proved")
}

// resetCode shows the reset code in this response and nowhere else.
func (s *Server) resetCode(w http.ResponseWriter, r *http.Request) error {
	if _, err := readForm(r); err != nil {
		return err
	}
	sc := scopeOf(r)
	page, err := s.resetPageFor(r)
	if err != nil {
		return err
	}
	code, err := s.Resets.ShowCode(r.Context(), sc.actor, sc.customer.ID, request(r))
	if err != nil {
		return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
			page.Problem = p
			return page
		})
	}
	return s.show(w, ui.ResetCodePage{
		Layout: s.layout(r, "Reset code", sc.resets()), User: page.User, Code: code, Back: sc.reset(request(r)),
	})
}

func (s *Server) vouchPage(w http.ResponseWriter, r *http.Request) error {
	asked, err := s.Resets.VouchFor(r.Context(), session(r).User, request(r))
	if err != nil {
		return err
	}
	return s.show(w, ui.VouchPage{Layout: s.layout(r, "Vouch for a colleague", ""), Request: asked, Action: r.URL.Path})
}

func (s *Server) vouch(w http.ResponseWriter, r *http.Request) error {
	if _, err := readForm(r); err != nil {
		return err
	}
	asked, err := s.Resets.VouchFor(r.Context(), session(r).User, request(r))
	if err == nil {
		err = s.Resets.Vouch(r.Context(), session(r).Actor, request(r))
	}
	if err != nil {
		return err
	}
	return s.show(w, ui.VouchPage{Layout: s.layout(r, "Thank you", ""), Request: asked, Done: true})
}

// twoFactorKeep handles the button with which a logged-in person keeps their
// own setup.
func (s *Server) twoFactorKeep(w http.ResponseWriter, r *http.Request) error {
	if _, err := readForm(r); err != nil {
		return err
	}
	if err := s.Resets.CancelOwn(r.Context(), session(r).Actor); err != nil {
		return err
	}
	return redirect(w, r, "/", "reset-kept")
}
