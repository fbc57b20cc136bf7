package ui

import (
	"fmt"
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
			"link on white": {s.day, white}, "link on tint": {s.day, s.dayTint}, "button": {white, s.day}, "button pointed at": {white, s.dayHover},
			"link at night": {s.night, nightCard}, "link on tint at night": {s.night, s.nightTint}, "button at night": {nightInk, s.night}, "pointed at at night": {nightInk, s.nightHover},
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
