package ui

import (
	"fmt"
	"html"
	"math"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// colour is an sRGB colour with components from 0 to 1.
type colour [3]float64

func parseColour(hex string) (colour, bool) {
	n, err := strconv.ParseUint(hex, 16, 32) // accepts no sign
	if err != nil || len(hex) != 6 {
		return colour{}, false
	}
	return colour{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, true
}

// String returns the colour in CSS notation.
func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0]*255)), int(math.Round(c[1]*255)), int(math.Round(c[2]*255)))
}

// luminance returns the relative luminance (WCAG 2.2, 1.4.3).
func (c colour) luminance() float64 {
	var l float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		v := c[i]
		if v <= .04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+.055)/1.055, 2.4)
		}
		l += weight * v
	}
	return l
}

func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + .05) / (min(la, lb) + .05)
}

// mix returns c mixed with to, where part is the share of to, from 0 to 1.
func (c colour) mix(to colour, part float64) colour {
	for i := range c {
		c[i] += (to[i] - c[i]) * part
	}
	return c
}

// until mixes more and more of to into c until ok returns true. If no mixture
// is ok, it returns to.
func (c colour) until(to colour, ok func(colour) bool) colour {
	for part := 0.0; part < 1; part += .01 {
		if m := c.mix(to, part); ok(m) {
			return m
		}
	}
	return to
}

var (
	white, black = colour{1, 1, 1}, colour{}
	nightCard    = colour{0x16 / 255., 0x1b / 255., 0x24 / 255.} // --card and --on-primary in dark mode, as in app.css
	nightInk     = colour{0x0e / 255., 0x11 / 255., 0x17 / 255.}
)

// shades are the values of the stylesheet's tokens for an accent colour. Buttons
// are filled with the colour itself, whatever it is, and their text is white or
// black. Links and lines are darkened or lightened until their contrast is 4.5,
// and the slider until its is 3, which keeps the hue.
type shades struct {
	fill, fillHover, onFill                                colour
	day, dayTint, night, nightTint, daySwitch, nightSwitch colour
}

const (
	legible = 4.6 // a little above 4.5, because colours are rounded
	visible = 3.1
)

func shadesOf(c colour) shades {
	s := shades{
		day: c.until(black, func(m colour) bool {
			return contrast(m, white) >= legible && contrast(m, m.mix(white, .9)) >= legible
		}),
		night: c.until(white, func(m colour) bool {
			return contrast(m, nightCard) >= legible && contrast(m, nightInk) >= legible && contrast(m, nightCard.mix(m, .16)) >= legible
		}),
	}
	s.fill, s.fillHover, s.onFill = c, c.mix(white, .2), black // black or white has a contrast of 4.58 on every colour
	if contrast(c, white) >= 4.5 {
		s.fillHover, s.onFill = c.mix(black, .16), white
	}
	s.dayTint, s.nightTint = s.day.mix(white, .9), nightCard.mix(s.night, .16)
	s.daySwitch = s.day
	seen := func(m colour) bool { return contrast(m, nightCard) >= visible && contrast(m, white) >= visible }
	s.nightSwitch = c.until(white, seen)
	if !seen(s.nightSwitch) { // c was too bright from the start
		s.nightSwitch = c.until(black, seen)
	}
	return s
}

// AccentPath returns the address of the stylesheet for an accent colour, "" for
// the portal's own colour.
func AccentPath(accent string) string {
	if accent == "" {
		return ""
	}
	return "/accent/" + accent
}

// Icon returns the address of the picture that a browser shows for the page: the
// logo, or the initials on the accent colour, or "" for the portal's own mark.
func (l Layout) Icon() string {
	if l.Logo != "" || l.Mark == "" {
		return l.Logo
	}
	colour := StandardAccent
	if l.Accent != "" {
		colour = path.Base(l.Accent)
	}
	return "/icon/" + colour + "/" + url.PathEscape(l.Mark)
}

// InitialsIcon returns a picture (SVG) of initials on an accent colour. ok is
// false if accent is not six hexadecimal digits or the initials are none.
func InitialsIcon(accent, initials string) (svg string, ok bool) {
	c, ok := parseColour(accent)
	if !ok || initials == "" || utf8.RuneCountInString(initials) > 4 || strings.ContainsFunc(initials, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return "", false
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="%s"/><text x="16" y="21.5" fill="%s" font-family="system-ui, sans-serif" font-size="15" font-weight="700" text-anchor="middle">%s</text></svg>
`, c, shadesOf(c).onFill, html.EscapeString(initials)), true
}

// StandardAccent is the portal's own colour: --primary in app.css, in light mode.
const StandardAccent = "3d37c9"

// AccentStyle returns the stylesheet for an accent colour, for the whole page or
// for its previews alone. ok is false if accent is not six hexadecimal digits.
func AccentStyle(accent string, preview bool) (css string, ok bool) {
	c, ok := parseColour(accent)
	if !ok {
		return "", false
	}
	s := shadesOf(c)
	where := ":root"
	if preview {
		where = ".preview"
	}
	return fmt.Sprintf("@layer base { %s { --primary: light-dark(%s, %s); --tint: light-dark(%s, %s); --switch: light-dark(%s, %s); --fill: %s; --fill-hover: %s; --on-fill: %s; } }\n",
		where, s.day, s.night, s.dayTint, s.nightTint, s.daySwitch, s.nightSwitch, s.fill, s.fillHover, s.onFill), true
}
