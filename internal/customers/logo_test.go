package customers

import (
	"image"
	"image/color"
	"testing"
)

// TestScaledKeepsColours checks that scaling neither darkens a plain area nor
// mixes in the colour of transparent pixels.
func TestScaledKeepsColours(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 1000, 500))
	for y := range 500 {
		for x := range 1000 {
			m.SetNRGBA(x, y, color.NRGBA{R: 200, G: 40, B: 40, A: 255})
			if x >= 501 {
				m.SetNRGBA(x, y, color.NRGBA{G: 255}) // transparent, and green if it were not
			}
		}
	}
	got := scaled(m)
	if size := got.Bounds().Size(); size != image.Pt(256, 128) {
		t.Fatalf("scaling 1000 by 500 pixels: got %v, want 256 by 128", size)
	}
	for y := range 128 {
		for x := range 256 {
			switch p := got.RGBAAt(x, y); {
			case x < 120 && p != color.RGBA{R: 200, G: 40, B: 40, A: 255}:
				t.Fatalf("pixel %d, %d of the plain half: got %v, want 200, 40, 40, 255", x, y, p)
			case x > 136 && p.A != 0:
				t.Fatalf("pixel %d, %d of the transparent half: got %v, want a transparent one", x, y, p)
			case p.G > 41:
				t.Fatalf("pixel %d, %d: got %v, which has the green of transparent pixels", x, y, p)
			}
		}
	}
}
