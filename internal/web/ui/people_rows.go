package ui

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"portico"
)

// constant is fixed markup. Only constants of the program convert to it
// implicitly; other strings need an explicit conversion.
type constant string

// markup builds HTML by hand, for pages with many rows. Text may be written
// between tags or inside double quotes, and nowhere else.
type markup struct{ b strings.Builder }

func (m *markup) put(c constant) { m.b.WriteString(string(c)) }

func (m *markup) text(s string) { m.b.WriteString(template.HTMLEscapeString(s)) }

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
	m.wrap(``, t.Text, `</span>`)
}

func (m *markup) time(t time.Time) {
	at := when(t)
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
	var m markup
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

func (m *markup) person(row AccessRow, number constant, pick bool) {
	u, name := row.User, row.User.Name()
	m.wrap(`<tr role="row" id="u-`, string(u.ID), `">
<td role="cell" data-label="Name"><div class="pick">`)
	if pick {
		m.wrap(`<label class="away" for="s`+number+`">Select `, name, `</label>`)
		m.wrap(`<input type="checkbox" id="s`+number+`" name="id.`, string(u.ID), `" value="1">`)
	}
	m.link(`
<div><span class="line"><a class="person" id="p`+number+`" href="`, row.Address, `">`)
	m.wrap(``, name, `</a>`)
	if row.Self {
		m.put(` <span class="soft small">(you)</span>`)
	}
	for _, label := range u.Labels {
		m.wrap(` <span class="label">`, label, `</span>`)
	}
	m.wrap(`</span><span class="sub">`, u.Email, `</span></div></div></td>
<td role="cell" data-label="Login ID">`)
	if u.LoginID == "" {
		m.put(`<span class="soft">none yet</span>`)
	}
	m.wrap(``, u.LoginID, `</td>
<td role="cell" data-label="Role`)
	m.put(usual(u.Role == portico.RoleUser))
	m.wrap(``, u.Role.String(), `</td>
<td role="cell" data-label="Status`)
	m.put(usual(u.Status == portico.Active && !row.Locked))
	m.text(u.Status.String())
	if row.Locked {
		m.put(` `)
		m.tag(tag{"Locked out", "bad", "stop"})
	}
	m.put(`</td>
<td role="cell" data-label="2FA">`)
	m.tag(newTag(u))
	if row.Waiting != "" {
		m.link(` <a class="tag warn" href="`, row.Waiting, `" aria-describedby="p`+number+`">`)
		m.b.WriteString(string(drawings["clock"]))
		m.put(`Request waiting</a>`)
	}
	m.put(`</td>
<td role="cell" data-label="Last log-in">`)
	if u.LastLoginAt.IsZero() {
		m.put(`<span class="soft">never</span>`)
	} else {
		m.time(u.LastLoginAt)
	}
	m.actions(row, number)
	m.put(`</td>
</tr>
`)
}

// actions writes the last cell of a row: what can be done, which is a menu where
// there is little room.
func (m *markup) actions(row AccessRow, number constant) {
	m.wrap(`</td>
<td role="cell" class="act"><button class="more" type="button" popovertarget="m`+number+`" aria-label="Actions for `, row.User.Name(), `">`)
	m.b.WriteString(string(drawings["more"]))
	m.link(`</button><div class="menu" id="m`+number+`" popover><a class="profile" href="`, row.Address, `" aria-describedby="p`+number+`">Open profile</a>`)
	if row.DeleteURL != "" {
		m.link(`<a href="`, row.DeleteURL, `" aria-describedby="p`+number+`">`)
		if row.User.TwoFactor == portico.TwoFactorNone {
			m.put(`New reset code</a>`)
		} else {
			m.put(`Delete 2FA setup</a>`)
		}
	}
	m.put(`</div>`)
}
