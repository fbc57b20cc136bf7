package customers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // logos can be JPEG
	"image/png"    // or PNG

	"portico"
)

// LogoBytes is the maximum size of an uploaded logo.
const LogoBytes = 256 << 10

// Limits of a logo in pixels: min and max for the upload, logoWidth and
// logoHeight for what is stored. The size that an image declares is checked
// before memory is allocated for it.
const (
	minLogoSide = 16
	maxLogoSide = 4000
	mostPixels  = 4 << 20
	logoWidth   = 512
	logoHeight  = 128
)

// readLogo converts an upload to a new PNG of at most logoWidth by logoHeight
// that contains nothing but the image. It returns an Invalid error if the
// upload is not a PNG or JPEG within the limits.
func readLogo(uploaded []byte) ([]byte, error) {
	const ask = "Choose a picture that is a PNG or JPEG file."
	switch {
	case len(uploaded) == 0:
		return nil, portico.FieldError("logo", ask)
	case len(uploaded) > LogoBytes:
		return nil, portico.FieldError("logo", "Choose a smaller file: at most 256 KiB.")
	}
	says, format, err := image.DecodeConfig(bytes.NewReader(uploaded))
	switch {
	case err != nil || format != "png" && format != "jpeg":
		return nil, portico.FieldError("logo", ask)
	case says.Width < minLogoSide || says.Height < minLogoSide:
		return nil, portico.FieldError("logo", "Choose a larger picture: at least 16 pixels wide and high.")
	case says.Width > maxLogoSide || says.Height > maxLogoSide || says.Width*says.Height > mostPixels:
		return nil, portico.FieldError("logo", "Choose a smaller picture: at most 4000 pixels wide and high, and 4 million in all.")
	}
	read, _, err := image.Decode(bytes.NewReader(uploaded))
	if err != nil {
		return nil, portico.FieldError("logo", "This picture is damaged. Save it again, or choose another one.")
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, scaled(read)); err != nil {
		return nil, fmt.Errorf("writing the logo: %w", err)
	}
	return out.Bytes(), nil
}

// logoHash returns the hash by which a logo is addressed: 128 bits of SHA-256.
func logoHash(picture []byte) string {
	sum := sha256.Sum256(picture)
	return hex.EncodeToString(sum[:16])
}

// scaled scales an image down to the size of a logo. Each new pixel is the mean of
// the pixels that it replaces.
func scaled(read image.Image) *image.RGBA {
	w, h := read.Bounds().Dx(), read.Bounds().Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Bounds(), read, read.Bounds().Min, draw.Src)
	toW, toH := w, h
	if toH > logoHeight {
		toW, toH = max(1, toW*logoHeight/toH), logoHeight
	}
	if toW > logoWidth {
		toW, toH = logoWidth, max(1, toH*logoWidth/toW)
	}
	if toW == w && toH == h {
		return from
	}
	to := image.NewRGBA(image.Rect(0, 0, toW, toH))
	for y := range toH {
		for x := range toW {
			box := image.Rect(x*w/toW, y*h/toH, (x+1)*w/toW, (y+1)*h/toH)
			copy(to.Pix[to.PixOffset(x, y):], mean(from, box))
		}
	}
	return to
}

// mean returns the mean of a box of pixels. The pixels are premultiplied, so
// transparent pixels contribute no colour.
func mean(m *image.RGBA, box image.Rectangle) []uint8 {
	var sum [4]int
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for i := m.PixOffset(box.Min.X, y); i < m.PixOffset(box.Max.X, y); i++ {
			sum[i%4] += int(m.Pix[i])
		}
	}
	out := make([]uint8, 4)
	for i, s := range sum {
		out[i] = uint8(s / (box.Dx() * box.Dy()))
	}
	return out
}
