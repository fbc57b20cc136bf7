package e2e

// tableWidths are the widths at which tables are measured: phones, a tablet, all
// windows of a laptop in which the menu leaves a table little room, and a wide
// screen.
var tableWidths = []int64{320, 375, 768, 1150, 1170, 1190, 1210, 1230, 1250, 1270, 1290, 1920}

// lengthen replaces what people, customers and the calendar put into the tables
// of a page by the longest of each.
const lengthen = `(() => {
	const replace = (where, text) => document.querySelectorAll(where).forEach(e => { e.textContent = text })
	replace("table .person", "Maximilian-Alexander Wolfeschlegelsteinhausenbergerdorff")
	replace("table td .sub:not(:has(*))", "maximilian-alexander.wolfeschlegelsteinhausenbergerdorff@mail.northern-hosting.example")
	replace("table .label", "Außendienstmitarbeiterinnenvertretungsbeauftragte")
	replace("table time", "30 Sep 2026, 23:59 UTC")
	for (const e of document.querySelectorAll("table .tag")) if (e.textContent.startsWith("2FA"))  e.lastChild.textContent = "2FA not Enabled (must set up)"
	return ""
})()`

// badCells returns what is wrong in the tables of a page: a table or a cell that
// its content overflows, and words of which fewer than four letters stand on a
// line. A cell that ends in an ellipsis may hold more than it shows.
const badCells = `(() => {
	const wrong = new Set()
	for (const table of document.querySelectorAll("main table")) {
		const box = table.parentElement
		if (table.getBoundingClientRect().right > box.getBoundingClientRect().right + 1) wrong.add("the table is " + Math.round(table.getBoundingClientRect().right - box.getBoundingClientRect().right) + " px too wide")
		for (const cell of table.querySelectorAll("td, th")) {
			if (cell.closest(".away") || cell.clientWidth < 2 || getComputedStyle(cell).clipPath != "none" || getComputedStyle(cell.closest("thead") ?? cell).clipPath != "none") continue
			if (getComputedStyle(cell).textOverflow == "ellipsis") continue
			if (cell.scrollWidth > cell.clientWidth + 1) wrong.add("overflows: " + cell.textContent.trim().slice(0, 50))
			const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
			for (let node; node = texts.nextNode();) {
				if (node.parentElement.closest(".away")) continue
				for (const word of node.data.matchAll(/[^\s-]+/g)) {
					const range = document.createRange()
					range.setStart(node, word.index)
					range.setEnd(node, word.index + word[0].length)
					const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top))).size
					if (lines > 1 && word[0].length / lines < 4) wrong.add("broken into letters: " + word[0])
				}
			}
		}
	}
	return [...wrong].join("; ")
})()`

// holdsTheLongest fills the tables of a page with the longest names, addresses,
// labels, states and dates, and measures them at every width. It reports whether
// there is a table.
func (b *tab) holdsTheLongest(page string) bool {
	b.t.Helper()
	if b.eval(`String(document.querySelectorAll("main table tbody tr").length)`) == "0" {
		return false
	}
	b.eval(lengthen)
	for _, w := range tableWidths {
		b.resize(w, 900)
		if wrong := b.eval(badCells); wrong != "" {
			b.t.Errorf("%s at %d px: %s", page, w, wrong)
		}
	}
	return true
}
