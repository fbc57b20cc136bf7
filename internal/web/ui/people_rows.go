package ui

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"portico"
	"portico/internal/locale"
)

// constant is fixed markup. Only constants of the program convert to it
// implicitly; other strings need an explicit conversion.
type constant string

// markup builds HTML by hand, for pages with many rows. Text may be written
// between tags or inside double quotes, and nowhere else. Words of the page are
// said in its language.
type markup struct {
	b strings.Builder
	l locale.Language
}

func (m *markup) put(c constant) { m.b.WriteString(string(c)) }

func (m *markup) text(s string) { m.b.WriteString(template.HTMLEscapeString(s)) }

// typed writes what a person has typed between two pieces of markup, isolated where
// its direction may be another one than that of the page.
func (m *markup) typed(before constant, s string, after constant) {
	if m.l.Isolate(s) == s {
		m.wrap(before, s, after)
		return
	}
	m.put(before)
	m.wrap(`<bdi>`, s, `</bdi>`)
	m.put(after)
}

func (m *markup) say(s portico.Text) { m.text(m.l.Text(s)) }

// sayOf says a message that has a name in it. Text would build the string first,
// twice for each row.
func (m *markup) sayOf(s portico.Text, name string) {
	before, after, _ := strings.Cut(m.l.Text(s), "{0}")
	m.text(before)
	m.text(m.l.Isolate(name))
	m.text(after)
}

// wrap writes escaped text between two pieces of markup.
func (m *markup) wrap(before constant, s string, after constant) {
	m.put(before)
	m.text(s)
	m.put(after)
}

// link writes the beginning of a link to a page of the portal. Other addresses
// are replaced by #.
func (m *markup) link(before constant, address string, after constant) {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		address = "#"
	}
	m.wrap(before, address, after)
}

func (m *markup) tag(t tag) {
	m.wrap(`<span class="tag `, t.Kind, `">`)
	m.b.WriteString(string(drawings[t.Icon]))
	m.say(t.Text)
	m.put(`</span>`)
}

func (m *markup) time(t time.Time) {
	at := when(m.l, t)
	m.wrap(`<time datetime="`, at.Machine, `"`)
	if at.UTC != "" {
		m.wrap(` title="`, at.UTC, `"`)
	}
	m.put(`>`)
	m.wrap(``, at.Text, `</time>`)
}

// Body returns the rows of the table. Templates use reflection for each value,
// which took most of the page's time with fifty rows: see
// docs/decisions/rendering.md.
func (p AccessPage) Body() template.HTML {
	m := markup{l: p.In()}
	m.b.Grow(1024 * len(p.Rows))
	for i, row := range p.Rows {
		row.User.LastLoginAt = p.Local(row.User.LastLoginAt)
		m.person(row, constant(strconv.Itoa(i)), p.Manages)
	}
	return template.HTML(m.b.String()) //nolint:gosec // markup's methods wrote all of it
}

// usual marks what most people have, for small screens to leave out.
func usual(is bool) constant {
	if is {
		return `" class="usual">`
	}
	return `">`
}

// cell begins the cell of a column, up to the quote that ends its label.
func (m *markup) cell(column portico.Text) {
	m.put(`<td role="cell" data-label="`)
	m.say(column)
}

// soft says something that is no value.
func (m *markup) soft(before constant, s portico.Text) {
	m.put(before)
	m.say(s)
	m.put(`</span>`)
}

func (m *markup) person(row AccessRow, number constant, pick bool) {
	u, name := row.User, row.User.Name()
	m.wrap(`<tr role="row" id="u-`, string(u.ID), `">
`)
	m.cell("Name")
	m.put(`"><div class="pick">`)
	if pick {
		m.put(`<label class="away" for="s` + number + `">`)
		m.sayOf("Select {0}", name)
		m.wrap(`</label><input type="checkbox" id="s`+number+`" name="id.`, string(u.ID), `" value="1">`)
	}
	m.link(`
<div><span class="line"><a class="person" id="p`+number+`" href="`, row.Address, `">`)
	m.typed(``, name, `</a>`)
	if row.Self {
		m.soft(` <span class="soft small">`, "(you)")
	}
	for _, label := range u.Labels {
		m.typed(` <span class="label">`, label, `</span>`)
	}
	m.typed(`</span><span class="sub">`, u.Email, `</span></div></div></td>
`)
	m.cell("Login ID")
	m.put(`">`)
	if u.LoginID == "" {
		m.soft(`<span class="soft">`, "none yet")
	}
	m.typed(``, u.LoginID, `</td>
`)
	m.states(row, number)
	m.cell("Last log-in")
	m.put(`">`)
	if u.LastLoginAt.IsZero() {
		m.soft(`<span class="soft">`, "never")
	} else {
		m.time(u.LastLoginAt)
	}
	m.actions(row, number)
	m.put(`</td>
</tr>
`)
}

// states writes the cells of a person's role and statuses.
func (m *markup) states(row AccessRow, number constant) {
	u := row.User
	m.cell("Role")
	m.put(usual(u.Role == portico.RoleUser))
	m.say(u.Role.Text())
	m.put(`</td>
`)
	m.cell("Status")
	m.put(usual(u.Status == portico.Active && !row.Locked))
	m.say(u.Status.Text())
	if row.Locked {
		m.put(` `)
		m.tag(tag{"Locked out", "bad", "stop"})
	}
	if row.Uninvited {
		m.put(` `)
		m.tag(tag{"No valid invitation", "warn", "mail"})
	}
	m.put(`</td>
`)
	m.cell("2FA")
	m.put(`">`)
	m.tag(tagOf(u))
	if row.Waiting != "" {
		m.link(` <a class="tag warn" href="`, row.Waiting, `" aria-describedby="p`+number+`">`)
		m.b.WriteString(string(drawings["clock"]))
		m.say("Request waiting")
		m.put(`</a>`)
	}
	m.put(`</td>
`)
}

// actions writes the last cell of a row: what can be done, which is a menu where
// there is little room.
func (m *markup) actions(row AccessRow, number constant) {
	m.put(`</td>
<td role="cell" class="act"><button class="more" type="button" popovertarget="m` + number + `" aria-label="`)
	m.sayOf("Actions for {0}", row.User.Name())
	m.put(`">`)
	m.b.WriteString(string(drawings["more"]))
	m.wrap(`</button><div class="menu" id="m`+number+`" data-name="`, row.User.Name(), `"`)
	m.link(` popover><a class="profile" href="`, row.Address, `" aria-describedby="p`+number+`">`)
	m.say("Open profile")
	m.put(`</a>`)
	if row.DeleteURL != "" {
		m.link(`<a href="`, row.DeleteURL, `" aria-describedby="p`+number+`">`)
		if row.User.TwoFactor == portico.TwoFactorNone {
			m.say("New reset code")
		} else {
			m.say("Delete 2FA setup")
		}
		m.put(`</a>`)
	}
	m.put(`</div>`)
}
