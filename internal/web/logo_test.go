package web_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"portico"
)

// picture returns a PNG with this size.
func picture(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, drawn(w, h)))
	return b.String()
}

func drawn(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.NRGBA{R: 200, G: uint8(x), B: uint8(y), A: 255})
		}
	}
	return m
}

// says returns a PNG whose header claims this size, with almost no data.
func says(t *testing.T, w, h uint32) string {
	t.Helper()
	b := []byte(picture(t, 64, 64))
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return string(b)
}

func TestLogoIsMadeOurs(t *testing.T) {
	if testing.Short() {
		return // pictures
	}
	c := newFixture(t)
	olga := c.operator()
	var photo bytes.Buffer
	must(t, jpeg.Encode(&photo, drawn(600, 400), nil))
	secret := "GPS 52.5 13.4"
	b := picture(t, 1000, 100)
	withText := b[:33] + chunk("tEXt", "Comment\x00"+secret) + b[33:] // after the header
	for name, up := range map[string]struct {
		file string
		w, h int
	}{
		"as it is": {picture(t, 200, 64), 200, 64}, "JPEG": {photo.String(), 192, 128}, "wide": {withText, 512, 51},
		"high": {picture(t, 16, 3000), 16 * 128 / 3000, 128}, "smallest": {picture(t, 16, 16), 16, 16}, "largest": {picture(t, 2048, 2048), 128, 128},
	} {
		p := olga.Upload(acme+"/logo", "logo", up.file)
		if p.Path != acme+"?done=logo-saved" {
			t.Errorf("%s: %s %s, want path %q", name, p.Path, p.Text(), acme+"?done=logo-saved")
			continue
		}
		address := "/logo/" + c.customer(t).Logo
		got := c.Client().Get(address)
		m, format, err := image.Decode(strings.NewReader(got.Body))
		if err != nil || format != "png" || m.Bounds().Dx() != max(1, up.w) || m.Bounds().Dy() != up.h || strings.Contains(got.Body, secret) {
			t.Errorf(`%s: %v %s %v, want no error, format "png", m.Bounds().Dx() max(1, up.w), m.Bounds().Dy() %v, no %v in got.Body`, name, err, format, m, up.h, secret)
		}
		h := got.Header
		if h.Get("Content-Type") != "image/png" || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || len(address) != len("/logo/")+32 {
			t.Errorf("logo %s at %s: got the headers %v, want a PNG that is kept and runs nothing", name, address, h)
		}
		if page := c.as(c.user).Get("/"); !strings.Contains(page.Body, `src="`+address+`"`) || page.Link("Acme Telecom") != "/" {
			t.Errorf("%s is not in the header: %s", name, page.Text())
		}
	}
	if header, _, _ := strings.Cut(olga.Get(acme).Body, "</header>"); strings.Contains(header, "/logo/") {
		t.Error("an operator has a customer's logo")
	}
	last := "/logo/" + c.customer(t).Logo
	if p := olga.Fill(olga.Get(acme), "Remove the logo"); p.Path != acme+"?done=logo-removed" || strings.Contains(c.as(c.user).Get("/").Body, "/logo/") {
		t.Errorf("removed: %s", p.Path)
	}
	for _, path := range []string{last, "/logo/", "/logo/x", "/logo/" + strings.Repeat("0", 32), "/logo/..%2f..%2fkeyset.json"} {
		if p := c.Client().Get(path); p.Status != 404 || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf(`%s: %d %s, want status 404, p.Header.Get("Cache-Control") "no-store"`, path, p.Status, p.Header.Get("Cache-Control"))
		}
	}
	if n := c.events(portico.CustomerChanged, "logo: a new picture"); n != 6 || c.events(portico.CustomerChanged, "logo: none") != 1 {
		t.Errorf("%d events", n)
	}
}

// chunk returns a chunk of a PNG.
func chunk(kind, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind+data...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(kind+data))))
}

// TestC26_LogoAbuse checks that files which are no pictures, or are too large
// to decode, change nothing.
func TestC26_LogoAbuse(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	olga := c.operator()
	good := picture(t, 64, 64)
	var animated bytes.Buffer
	must(t, gif.Encode(&animated, drawn(64, 64), nil))
	for name, up := range map[string]struct{ file, told string }{
		"nothing":     {"", "PNG or JPEG"},
		"HTML":        {"<!doctype html><script>alert(1)</script>", "PNG or JPEG"},
		"SVG":         {`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "PNG or JPEG"},
		"GIF":         {animated.String(), "PNG or JPEG"},
		"WebP":        {"RIFF\x24\x00\x00\x00WEBPVP8 ", "PNG or JPEG"},
		"header":      {good[:24], "PNG or JPEG"},
		"truncated":   {good[:len(good)/2], "damaged"},
		"bad sum":     {good[:60] + "\xff" + good[61:], "damaged"},
		"1x1":         {picture(t, 1, 1), "larger picture"},
		"flat":        {picture(t, 300, 15), "larger picture"},
		"zero":        {says(t, 0, 64), "PNG or JPEG"},
		"wide bomb":   {says(t, 2_000_000_000, 1), "larger picture"},
		"wide":        {says(t, 4001, 64), "smaller picture"},
		"square bomb": {says(t, 65_535, 65_535), "smaller picture"},
		"many":        {says(t, 4000, 4000), "smaller picture"},
		"overflow":    {says(t, 0x7fffffff, 0x7fffffff), "PNG or JPEG"},
		"lies":        {says(t, 2000, 2000), "damaged"},
		"heavy":       {good + strings.Repeat("x", 256<<10), "256 KiB"},
	} {
		p := olga.Upload(acme+"/logo", "logo", up.file)
		if p.Status != 422 || !strings.Contains(p.Alert(), up.told) || c.customer(t).Logo != "" {
			t.Errorf(`%s: %d %q, want status 422, %v in p.Alert(), c.customer(t).Logo ""`, name, p.Status, p.Alert(), up.told)
		}
	}
	if p := olga.Upload(acme+"/logo", "logo", strings.Repeat("x", 1<<20)); p.Status != 413 {
		t.Errorf("a mebibyte: %d", p.Status)
	}
	if p := olga.Post(acme+"/logo", "logo", good); p.Status != 415 {
		t.Errorf("as a field: %d", p.Status)
	}
	// Data behind the picture is not kept.
	if p := olga.Upload(acme+"/logo", "logo", good+"<script>alert(1)</script>"); p.Status != 200 {
		t.Fatalf(`olga.Upload(acme+"/logo", "logo", good+"<script>alert(1)</script>"): got %s, want status 200`, p.Text())
	}
	if got := c.Client().Get("/logo/" + c.customer(t).Logo); got.Status != 200 || strings.Contains(got.Body, "script") {
		t.Errorf(`GET "/logo/" + c.customer(t).Logo: got %d, want status 200, no "script" in got.Body`, got.Status)
	}
	for _, who := range []portico.User{c.admin, c.help, c.user, c.other} {
		if p := c.as(who).Upload(acme+"/logo", "logo", good); p.Status != 403 {
			t.Errorf("%s: %d, want status 403", who.Role, p.Status)
		}
	}
	if strings.Contains(c.Logs.String(), "level=ERROR") {
		t.Error("errors were logged")
	}
}
