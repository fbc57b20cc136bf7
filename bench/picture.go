package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// printGrowth prints the table as Markdown.
func printGrowth(w io.Writer, portals []*grown, operations []operation) {
	fmt.Fprint(w, "| people |")
	for _, g := range portals {
		fmt.Fprintf(w, " %s |", thousands(g.people))
	}
	fmt.Fprintf(w, " times |\n| --- |%s\n", strings.Repeat(" --- |", len(portals)+1))
	for _, o := range operations {
		fmt.Fprintf(w, "| %s |", o.what)
		for i := range portals {
			fmt.Fprintf(w, " %.2f ms, %.0f MiB |", milliseconds(o.times[i]), o.most[i])
		}
		fmt.Fprintf(w, " %.2f |\n", float64(o.times[len(portals)-1])/float64(o.times[0]))
	}
}

// thousands formats a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Geometry of the chart: margins, size, and space for the names on the right.
const (
	left, top      = 70, 20
	wide, high     = 430, 360
	names          = 230
	leastMs, decMs = 0.1, 4 // from a tenth of a millisecond, over four powers of ten
)

// colours are distinguishable with colour blindness too (after Okabe and Ito).
// Every second line is also dashed.
var colours = []string{"#000000", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#8a7f00", "#666666"}

// drawGrowth draws time over people, both in powers of ten.
func drawGrowth(portals []*grown, operations []operation) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
<title>Time of each operation over the number of people</title>
<rect width="100%%" height="100%%" fill="#fff"/>
`, left+wide+names, top+high+50)
	first := math.Log10(float64(portals[0].people))
	decades := math.Max(1, math.Log10(float64(portals[len(portals)-1].people))-first)
	x := func(people int) float64 { return left + (math.Log10(float64(people))-first)/decades*wide }
	y := func(ms float64) float64 {
		return top + high - (math.Log10(math.Max(ms, leastMs))-math.Log10(leastMs))/decMs*high
	}
	for i := range decMs + 1 {
		ms := leastMs * math.Pow10(i)
		fmt.Fprintf(&b, `<path d="M%d %.1fh%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g ms</text>`+"\n", left, y(ms), wide, left-8, y(ms)+4, ms)
	}
	for _, g := range portals {
		fmt.Fprintf(&b, `<path d="M%.1f %dv%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x(g.people), top, high, x(g.people), top+high+18, thousands(g.people))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">people, and events in the audit log</text>`+"\n", left+wide/2, top+high+38)
	for i, o := range operations {
		var points []string
		for j, g := range portals {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(g.people), y(milliseconds(o.times[j]))))
		}
		style := fmt.Sprintf(`stroke=%q stroke-width="2" fill="none"`, colours[i%len(colours)])
		if i%2 == 1 {
			style += ` stroke-dasharray="6 3"`
		}
		nameY := top + 12 + i*22
		fmt.Fprintf(&b, `<polyline points="%s" %s/><path d="M%d %dh24" %s/><text x="%d" y="%d">%s</text>`+"\n",
			strings.Join(points, " "), style, left+wide+14, nameY-4, style, left+wide+44, nameY, o.what)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}
