package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"portico"
	"portico/internal/users"
)

// changes maps each confirmed route to a key for what it changes. The routes
// are named by their addresses without the base; the keys select a sentence in
// confirm.html.
var changes = map[string]string{
	"/account/profile":            "profile",
	"/account/password":           "password",
	"/account/two-factor/enable":  "enable",
	"/account/two-factor/disable": "disable",
	"/account/two-factor/delete":  "delete",
	"/account/recovery-codes":     "recovery",

	newPasskeyPath: "add-passkey",

	"/account/authenticators":                        "add-authenticator",
	"/account/authenticators/{authenticator}":        "rename-authenticator",
	"/account/authenticators/{authenticator}/delete": "delete-authenticator",

	"/vouch/{reset}": "vouch",

	"/access/new":                      "create",
	"/access/selected/apply":           "selected",
	"/access/{user}":                   "edit",
	"/access/{user}/invite":            "invite",
	"/access/{user}/withdraw":          "withdraw",
	"/access/{user}/suspend":           "suspend",
	"/access/{user}/delete":            "delete-user",
	"/access/{user}/reactivate":        "reactivate",
	"/access/{user}/password-link":     "password-link",
	"/access/{user}/end-sessions":      "end-sessions",
	"/access/{user}/unlock":            "unlock",
	"/access/{user}/two-factor/delete": "delete",
	"/access/{user}/exemption":         "exempt",
	"/access/{user}/exemption/end":     "exempt-end",
	"/imports/{import}/start":          "import",
	"/imports/{import}/invite":         "import-invite",
	"/resets/{reset}/call":             "call",
	"/resets/{reset}/proof":            "proof",
	"/resets/{reset}/approve":          "approve",
	"/resets/{reset}/code":             "code",
	"/policy":                          "policy",
	"/provider-access":                 "provider-access",

	"/branding":      "edit-provider",
	"/customers/new": "create-customer",
	"/":              "edit-customer", // /customers/{slug} itself
	"/suspend":       "suspend-customer",
	"/reactivate":    "reactivate-customer",
	"/delete":        "delete-customer",
	"/delete/cancel": "keep-customer",

	"/everything.zip": "export-customer",
}

// routed finds the route that serves a method and an address. It returns the
// route and a copy of the request that has the route's path values. ok is false
// if no route matches.
func (s *Server) routed(r *http.Request, method, address string) (route, *http.Request, bool) {
	to := r.Clone(r.Context())
	to.Method, to.URL = method, &url.URL{Path: address}
	_, pattern := s.mux.Handler(to)
	rt, is := s.table[pattern]
	_, path, _ := strings.Cut(pattern, " ")
	names, values := strings.Split(path, "/"), strings.Split(address, "/")
	if !is || len(names) != len(values) { // the mux would redirect to a cleaner address
		return route{}, nil, false
	}
	for i, name := range names {
		if strings.HasPrefix(name, "{") {
			to.SetPathValue(strings.Trim(name, "{}"), values[i])
		}
	}
	return rt, to, true
}

// about returns what a confirmed route would change and whom the change
// concerns, for the confirmation page. Both are "" for addresses that need no
// confirmation. If the person may not make the change, about returns the error
// of the route's guard.
func (s *Server) about(r *http.Request, c carried) (what, whom string, err error) {
	u, err := url.Parse(c.Path)
	if err != nil {
		return "", "", errUnreadable
	}
	rt, to, is := s.routed(r, http.MethodPost, u.Path)
	if !is || !rt.guard.confirmed() {
		rt, to, is = s.routed(r, http.MethodGet, u.Path)
	}
	if !is || !rt.guard.confirmed() {
		return "", "", nil
	}
	if err := s.admit(rt.guard.unconfirmed(), to); err != nil {
		return "", "", err
	}
	f := c.form()
	whom, err = s.whom(to, rt, f)
	if portico.NotFound.Is(err) {
		return "", "", nil // the route itself answers with this error when it runs
	}
	what = changes[withoutBase(rt.pattern)]
	if action := users.BulkAction(f.text("action")); what == "selected" && selectedTitles[action] != "" {
		what += "-" + string(action)
	}
	switch {
	case what == "approve" && err == nil:
		v, err := s.Resets.Find(r.Context(), scopeOf(to).actor, scopeOf(to).customer.ID, request(to))
		if err == nil && v.Only.ID != "" {
			what, whom = "approve-one", s.language(r).Say(v.Only.Named())+", "+v.TargetName
		}
		return what, whom, err
	case s.NoMail:
		switch what {
		case "invite":
			what = "activation-link"
		case "selected-invite":
			what = "selected-links"
		}
	}
	return what, whom, err
}

// withoutBase returns the address in a pattern without the prefix that differs
// between a person's own customer and a customer that an operator administers.
func withoutBase(pattern string) string {
	_, path, _ := strings.Cut(pattern, " ")
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(path, ownBase), customersPath+"/{slug}"), "/")
}

// whom returns the name of the person, customer or file that a change concerns.
func (s *Server) whom(r *http.Request, rt route, f form) (string, error) {
	sc := scopeOf(r)
	holds := func(part string) bool { return strings.Contains(rt.pattern, part) }
	switch {
	case holds("{user}"):
		found, err := s.Users.Find(r.Context(), sc.actor, sc.customer.ID, target(r))
		return named(found.User), err
	case holds("/vouch/{reset}"):
		asked, err := s.Resets.VouchFor(r.Context(), session(r).User, request(r))
		return asked.TargetName, err
	case holds("{reset}"):
		v, err := s.Resets.Find(r.Context(), sc.actor, sc.customer.ID, request(r))
		return v.TargetName, err
	case holds("{import}"):
		v, err := s.Imports.View(r.Context(), sc.actor, sc.customer.ID, r.PathValue("import"), 1)
		return v.FileName, err
	case holds("/access/new") && len(f.values) > 0:
		u := userForm(f)
		return named(u) + ", " + s.text(r, u.Role.Text()) + ", " + sc.customer.Name, nil
	case holds("/access/selected") && len(selectedIDs(f)) > 0:
		sel, err := s.Users.PreviewBulk(r.Context(), sc.actor, sc.customer.ID, users.BulkAction(f.text("action")), selectedIDs(f))
		var names []string
		for _, u := range sel.Eligible {
			names = append(names, named(u))
		}
		whom := strings.Join(names, ", ")
		if role := portico.Role(f.text("role")); users.BulkAction(f.text("action")) == users.BulkChangeRole && role.Valid() {
			whom = s.text(r, "#role {0} to {1}", whom, role)
		}
		return whom, err
	case holds(customersPath + "/new"):
		return f.text("name"), nil
	case rt.guard.enters || holds(ownBase):
		return sc.customer.Name, nil
	case holds("{slug}"):
		c, err := s.customerOf(r)
		return c.Name, err
	}
	return named(session(r).User), nil
}

// named returns a person's name with the login ID, or with the email address
// if the person has no login ID yet.
func named(u portico.User) string {
	return u.Name() + " (" + cmp.Or(u.LoginID, u.Email) + ")"
}
