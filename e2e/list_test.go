package e2e

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"portico"
	"portico/internal/porticotest"
)

// people fills a customer with an administrator, alice, and n colleagues, of whom
// every other one has 2FA and most have labels.
func people(t *testing.T, p *porticotest.Portal, n int) {
	t.Helper()
	c := p.Customer("acme", "Acme Telecom")
	p.User(c.ID, "alice", portico.RoleAdministrator)
	labels := [][]string{{"Support", "Berlin"}, {"Sales"}, nil, {"Warehouse and logistics", "Night shift", "Berlin"}}
	for i := range n {
		u := p.User(c.ID, fmt.Sprintf("colleague.number%02d", i), portico.RoleUser)
		if i%2 == 0 {
			p.Enrol(u)
		}
		u.Labels, u.LoginID = labels[i%len(labels)], ""
		must(t, p.Users.Edit(context.Background(), portico.CommandLine(), c.ID, u.ID, u))
	}
}

func (b *tab) resize(width, height int64) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

func (b *tab) number(expression string) int {
	b.t.Helper()
	n, err := strconv.Atoi(b.eval(`String(Math.round(` + expression + `))`))
	b.must(err)
	return n
}

// TestListIsCompact measures the list of 50 people: 15 people on the
// screen of a laptop, a table on a tablet, and three lines a person on a phone.
func TestListIsCompact(t *testing.T) {
	t.Parallel()
	p := portal(t)
	people(t, p, 55)
	b := browse(t, p, desktop)
	b.login("alice", porticotest.Password, "")
	const rowHeights = `[...document.querySelectorAll("tbody tr")].map(r => r.getBoundingClientRect().height).sort((a, b) => a - b)`
	for _, at := range []struct {
		width                 int64
		median, highest, page int
		table                 bool
		seen                  int // people on the first screen, of 900 px
	}{{320, 96, 96, 5000, false, 5}, {375, 96, 96, 5000, false, 5}, {600, 60, 70, 4200, true, 8}, {768, 60, 70, 4200, true, 8}, {1024, 60, 70, 4200, true, 10}, {1280, 42, 66, 2600, true, 15}, {1920, 42, 66, 2600, true, 15}} {
		b.resize(at.width, 900)
		b.open("/administration/access")
		median, highest, page := b.number(rowHeights+`[25]`), b.number(rowHeights+`[49]`), b.number(`document.documentElement.scrollHeight`)
		if median > at.median || highest > at.highest || page > at.page {
			t.Errorf("50 people at %d px: got rows of %d px, the highest %d, on a page of %d, want at most %d, %d and %d", at.width, median, highest, page, at.median, at.highest, at.page)
		}
		if seen := b.number(`[...document.querySelectorAll("tbody tr")].filter(r => r.getBoundingClientRect().bottom <= 900).length`); seen < at.seen {
			t.Errorf("50 people at %d px: %d are on the first screen, want at least %d", at.width, seen, at.seen)
		}
		if top := b.number(`document.querySelector("tbody tr").getBoundingClientRect().top`); !at.table && top > 470 {
			t.Errorf("50 people at %d px: the first of them begins at %d px, want it at 470 or above", at.width, top)
		}
		if table := b.eval(`getComputedStyle(document.querySelector("tbody tr")).display`) == "table-row"; table != at.table {
			t.Errorf("50 people at %d px: got a table: %v, want %v", at.width, table, at.table)
		}
	}
}

// cutOff returns the fields of the list whose text or placeholder has no room,
// and by how many pixels.
const cutOff = `[...document.querySelectorAll(".tools :is(select, input:not([type=hidden]))")].map(e => {
	const s = getComputedStyle(e), c = document.createElement("canvas").getContext("2d")
	c.font = s.fontWeight + " " + s.fontSize + " " + s.fontFamily
	const arrow = e.list || e.localName == "select" ? 18 : 0
	const room = e.clientWidth - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight) - arrow
	return [e.name, Math.ceil(c.measureText(e.selectedOptions ? e.selectedOptions[0].text : e.placeholder).width - room)]
}).filter(([, over]) => over > 0).map(e => e.join(" by ")).join(", ")`

// TestFieldsOfListHaveRoom measures what stands above the list: on a phone, no
// field is cut off, and the button Filter keeps its distance; on a tablet,
// everything is in one row.
func TestFieldsOfListHaveRoom(t *testing.T) {
	t.Parallel()
	p := portal(t)
	people(t, p, 1)
	b := browse(t, p, desktop)
	b.login("alice", porticotest.Password, "")
	for _, width := range []int64{320, 375} {
		b.resize(width, 900)
		b.open("/administration/access")
		if over := b.eval(cutOff); over != "" {
			t.Errorf("fields of the list are cut off at %d px: %s", width, over)
		}
		if gap := b.number(`document.querySelector(".list").getBoundingClientRect().top - document.querySelector(".fold").getBoundingClientRect().bottom`); gap < 8 {
			t.Errorf("the button Filter is %d px above the list at %d px, want at least 8", gap, width)
		}
	}
	b.resize(768, 900)
	b.open("/administration/access")
	if apart := b.number(`document.querySelector("#csv").getBoundingClientRect().top - document.querySelector("#q").getBoundingClientRect().top`); apart != 0 {
		t.Errorf("Download CSV is %d px below the search at 768 px, want it in the same row", apart)
	}
}

// TestBarCoversNothing ticks each person of the list in turn: the bar with the
// buttons covers none of those who are ticked last, and says how many they are.
func TestBarCoversNothing(t *testing.T) {
	t.Parallel()
	p := portal(t)
	people(t, p, 30)
	b := browse(t, p, desktop)
	b.login("alice", porticotest.Password, "")
	for _, width := range []int64{375, 768, 1280} {
		b.resize(width, 667)
		b.open("/administration/access")
		for i := range 6 {
			box := fmt.Sprintf(`document.querySelectorAll("td input")[%d]`, 4*i)
			// As far down as it can be clicked.
			b.eval(box + `.closest("tr").scrollIntoView({block: "end"}); scrollBy(0, document.querySelectorAll("td :checked").length ? 0 : -100); ""`)
			x, y := b.number(box+`.getBoundingClientRect().x`), b.number(box+`.getBoundingClientRect().y`)
			b.must(chromedp.Do(b.ctx, chromedp.MouseClickXY(float64(x+8), float64(y+8))))
			if got, want := b.eval(`document.querySelector("[data-selected]").textContent`), fmt.Sprintf("%d selected", i+1); got != want {
				t.Fatalf("at %d px after %d clicks: the bar says %q, want %q", width, i+1, got, want)
			}
			row, bar := b.number(box+`.closest("tr").getBoundingClientRect().bottom`), b.number(`document.querySelector(".bar").getBoundingClientRect().top`)
			if row > bar+1 {
				t.Errorf("at %d px after %d clicks: the row ends at %d, below the bar's top at %d", width, i+1, row, bar)
			}
		}
		b.click("checkbox", "Select all on this page")
		b.reads("31 selected")
		b.click("checkbox", "Select all on this page")
		if got := b.eval(`String(document.querySelector(".bar").offsetHeight)`); got != "0" {
			t.Errorf("at %d px with nobody ticked: the bar is %s px high, want none", width, got)
		}
	}
}

// TestSelectAllNeedsScript checks that without script there is no checkbox that
// does nothing, and that the buttons are below the list.
func TestSelectAllNeedsScript(t *testing.T) {
	t.Parallel()
	p := portal(t)
	people(t, p, 30)
	b := browse(t, p, noScript)
	b.login("alice", porticotest.Password, "")
	b.open("/administration/access")
	if b.has("checkbox", "Select all on this page") {
		t.Error("without script: got the checkbox that selects all, want none")
	}
	b.click("checkbox", "Select Alice Tester")
	b.click("checkbox", "Select Colleague.number02 Tester")
	b.follow("button", "Change role")
	if text := b.text(); !strings.Contains(text, "Change the role of this user?") || !strings.Contains(text, "Colleague.number02 Tester") {
		t.Errorf("pressing Change role: got\n%s", text)
	}
}
