package ui

import (
	"fmt"
	"html/template"
)

// icon is the name of a drawing.
type icon string

// drawings are the icons as SVG, on a grid of 20 by 20. They are complete
// strings rather than templates, because each page contains many of them.
var drawings = drawn(map[icon]template.HTML{
	"check":    `<path d="M4 10.5l4 4 8-9"/>`,
	"minus":    `<path d="M5 10h10"/>`,
	"clock":    `<circle cx="10" cy="10" r="7"/><path d="M10 6v4l2.5 2"/>`,
	"mail":     `<rect x="3" y="5" width="14" height="10" rx="2"/><path d="M3.5 6.5L10 11l6.5-4.5"/>`,
	"stop":     `<circle cx="10" cy="10" r="7"/><path d="M10 6.2v4.6M10 13.6v.1"/>`,
	"down":     `<path d="M5.5 8l4.5 4.5L14.5 8"/>`,
	"up":       `<path d="M5.5 12l4.5-4.5 4.500 4.5"/>`,
	"menu":     `<path d="M3 5.5h14M3 10h14M3 14.5h14"/>`,
	"home":     `<path d="M3.5 9.5L10 4l6.5 5.5V16h-4.5v-4H8v4H3.5z"/>`,
	"person":   `<circle cx="10" cy="7" r="3"/><path d="M4 16.5c.8-3 3-4.5 6-4.5s5.200 1.5 6 4.5"/>`,
	"people":   `<circle cx="7.5" cy="7.5" r="2.6"/><path d="M2.5 15.5c.6-2.5 2.5-3.800 5-3.800s4.400 1.300 5 3.800M13 5.200a2.5 2.5 0 010 4.700M14.5 12.200c1.6.5 2.6 1.6 3 3.300"/>`,
	"list":     `<path d="M7 5.5h10M7 10h10M7 14.5h10M3.200 5.5h.1M3.200 10h.1M3.200 14.5h.1"/>`,
	"trash":    `<path d="M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4.5M11.5 9v4.5"/>`,
	"shield":   `<path d="M10 3l6 2.200v4.300c0 3.700-2.400 6.300-6 7.5-3.6-1.200-6-3.800-6-7.5V5.200z"/><path d="M7.300 10l2 2 3.5-4"/>`,
	"phone":    `<rect x="6" y="2.5" width="8" height="15" rx="2"/><path d="M9.200 15h1.6"/>`,
	"building": `<path d="M4.500 17V3.500h7V17M11.500 8h4v9M2.500 17h15M7 7h2M7 10.500h2M7 14h2"/>`,
	"brush":    `<path d="M16.500 3.500c-3 1.500-6 4.500-7.500 7l1 1c2.500-1.500 5.500-4.500 7-7.500zM8.500 11.500c-2 0-3 1.500-3 3 0 .8-.7 1.500-1.500 1.500 1 .7 5 .8 5.500-2.500z"/>`,
	"chart":    `<path d="M3.500 16.500h13M6 16v-4M10 16V4.500M14 16V8.500"/>`,
	"door":     `<path d="M5.500 17V3.500h9V17M3 17h14M11.500 10.300v.1"/>`,
	"inbox":    `<path d="M3 11l2.500-6.500h9L17 11v5H3z"/><path d="M3 11h4l1 2h4l1-2h4"/>`,
	"more":     `<path d="M4.500 10h.1M10 10h.1M15.500 10h.1"/>`,
})

func drawn(paths map[icon]template.HTML) map[icon]template.HTML {
	for name, path := range paths {
		paths[name] = `<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">` + path + `</svg>`
	}
	return paths
}

// draw returns the SVG of an icon.
func draw(name icon) (template.HTML, error) {
	if d := drawings[name]; d != "" {
		return d, nil
	}
	return "", fmt.Errorf("there is no icon %q", name)
}
