package ui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"portico"
	"portico/internal/locale"
)

// funcs are the functions of the templates that are the same in every language.
var funcs = template.FuncMap{
	"asset":   asset,
	"named":   portico.ShownName,
	"notice":  flashOf,
	"otpauth": otpauth,
	"field":   newField,
	"tag":     tagOf,
	"icon":    func(name string) icon { return icon(name) },
	"draw":    draw,
	"roles":   func(rs []portico.Role, now portico.Role) roleChoice { return roleChoice{rs, now} },
	"language": func(label, code string, p *Problem, hint string) languageChoice {
		return languageChoice{label, hint, locale.Language(code), p.Field("language") != ""}
	},
	"languages": locale.All,
	"key":       func(r portico.Role) string { return string(r) },
	// the tab of a browser shows soft hyphens that break nothing
	"unhyphened": func(title string) string { return strings.ReplaceAll(title, "\u00ad", "") },
}

// funcsIn returns the functions of the templates that depend on the language.
func funcsIn(l locale.Language) template.FuncMap {
	return template.FuncMap{
		"count":    l.Number,
		"say":      func(v any) (string, error) { return said(l, v) },
		"when":     func(t time.Time) clock { return when(l, t) },
		"moment":   func(t time.Time) clock { return moment(l, t) },
		"day":      func(t time.Time) string { return day(l, t) },
		"begins":   begins,
		"dayAhead": func(t time.Time, days int) string { return dayAhead(l, t, days) },
		"chosen":   func(least int) string { return chosenHint(l, least) },
		"people":   func(r portico.Role, n int) string { return l.Plural(n, peopleCounts[r]) },
		"label":    func(r portico.Role) string { return l.Text(roleLabels[r]) },
	}
}

// said returns the words of the domain for a value, such as a status, an action or an
// event, in the language.
func said(l locale.Language, v any) (string, error) {
	words, are := l.Words(v)
	if !are {
		return "", fmt.Errorf("there are no words for a %T", v)
	}
	return words, nil
}

// chosenHint is the hint shown wherever a password is chosen.
func chosenHint(l locale.Language, least int) string {
	return l.Plural(least, "At least 1 character.|At least {n} characters.") + " " +
		l.Text("Several words are easy to remember. Common passwords, and passwords made from your name, login ID or organisation, are not allowed.")
}

// roleLabels are the plural names of the roles.
var roleLabels = map[portico.Role]portico.Text{
	portico.RoleUser: "Users", portico.RoleHelpDesk: "Help desk", portico.RoleAdministrator: "Administrators", portico.RoleOperator: "Operators",
}

// peopleCounts are numbers of people of the roles in words.
var peopleCounts = map[portico.Role]portico.Text{
	portico.RoleUser:          "1 user|{n} users",
	portico.RoleHelpDesk:      "1 member of the help desk|{n} members of the help desk",
	portico.RoleAdministrator: "1 administrator|{n} administrators",
	portico.RoleOperator:      "1 operator|{n} operators",
}

// otpauth marks a key URI of the portal as a safe address. It is the only
// address on the pages that is not a web address; anything else becomes #.
func otpauth(uri string) template.URL {
	if !strings.HasPrefix(uri, "otpauth://totp/") {
		return "#"
	}
	return template.URL(uri) //nolint:gosec // package totp built it and percent-encoded its values
}

// roleChoice is a choice between roles, of which one is chosen.
type roleChoice struct {
	Roles []portico.Role
	Now   portico.Role
}

// languageChoice is a field in which a language is chosen, or none.
type languageChoice struct {
	Label, Hint string
	Now         locale.Language
	Wrong       bool
}
