package ui

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestAccentIsLegible checks that text in any accent colour and on it is
// legible (WCAG 2.2, 1.4.3 and 1.4.11).
func TestAccentIsLegible(t *testing.T) {
	round := func(c colour) colour { // as the browser rounds it
		r, ok := parseColour(c.String()[1:])
		if !ok {
			t.Fatalf("parseColour(c.String()[1:]): got %v, want ok", c)
		}
		return r
	}
	for n := 0; n <= 0xffffff; n += 0x0a0b0d {
		c, ok := parseColour(fmt.Sprintf("%06x", n))
		if !ok {
			t.Fatalf(`parseColour(fmt.Sprintf("%%06x", n)): got %v, want ok`, n)
		}
		s := shadesOf(c)
		for what, pair := range map[string][2]colour{
			"link on white": {s.day, white}, "link on tint": {s.day, s.dayTint}, "button": {s.onFill, s.fill}, "button pointed at": {s.onFill, s.fillHover},
			"link at night": {s.night, nightCard}, "link on tint at night": {s.night, s.nightTint},
		} {
			if got := contrast(round(pair[0]), round(pair[1])); got < 4.5 {
				t.Errorf("%v: %s has a contrast of %.2f", c, what, got)
			}
		}
		for what, pair := range map[string][2]colour{
			"slider": {s.daySwitch, white}, "slider at night": {s.nightSwitch, nightCard}, "its knob at night": {white, s.nightSwitch},
		} {
			if got := contrast(round(pair[0]), round(pair[1])); got < 3 {
				t.Errorf("%v: the %s has a contrast of %.2f", c, what, got)
			}
		}
	}
	if got := contrast(white, black); got < 20.99 || got > 21.01 {
		t.Errorf("white on black: %.2f", got)
	}
	for _, bad := range []string{"", "12345", "1234567", "gggggg", "-12345", "+12345"} {
		if _, ok := parseColour(bad); ok {
			t.Errorf("takes %q", bad)
		}
	}
}

// TestAccentKeepsItsHue checks that buttons have the accent colour itself, with
// dark text where it is bright, and that links have another shade of the same hue.
func TestAccentKeepsItsHue(t *testing.T) {
	for accent, text := range map[string]string{"ffd400": "#000000", "ffff00": "#000000", "00e5ff": "#000000", "1f6f54": "#ffffff", "a3142b": "#ffffff", "000080": "#ffffff"} {
		css, ok := AccentStyle(accent, false)
		if !ok || !strings.Contains(css, "--fill: #"+accent+";") || !strings.Contains(css, "--on-fill: "+text+";") {
			t.Errorf("AccentStyle(%q): got %s, want buttons of that colour with text of %s", accent, css, text)
		}
		c, _ := parseColour(accent)
		s := shadesOf(c)
		for name, shade := range map[string]colour{"a link": s.day, "a link at night": s.night, "the slider": s.daySwitch, "the slider at night": s.nightSwitch} {
			if got, want := hue(shade), hue(c); math.Abs(got-want) > .5 {
				t.Errorf("%s of the accent %s has the hue %.1f, want %.1f", name, accent, got, want)
			}
		}
	}
	if css, _ := AccentStyle("ffd400", true); !strings.Contains(css, "{ .preview {") || strings.Contains(css, ":root") {
		t.Errorf("the style of a preview: got %s, want it for previews alone", css)
	}
}

// hue returns the hue of a colour in degrees, as in HSL.
func hue(c colour) float64 {
	r, g, b := c[0], c[1], c[2]
	most, least := max(r, g, b), min(r, g, b)
	d := most - least
	switch most {
	case r:
		return 60 * math.Mod((g-b)/d+6, 6)
	case g:
		return 60 * ((b-r)/d + 2)
	}
	return 60 * ((r-g)/d + 4)
}
