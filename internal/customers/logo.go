package customers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/jpeg" // logos can be JPEG
	"image/png"    // or PNG

	"golang.org/x/image/draw"

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
	maxPixels   = 4 << 20
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
	case says.Width > maxLogoSide || says.Height > maxLogoSide || says.Width*says.Height > maxPixels:
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

// scaled scales an image down to the size of a logo. It works on premultiplied
// colours, so transparent pixels contribute none.
func scaled(read image.Image) *image.RGBA {
	w, h := read.Bounds().Dx(), read.Bounds().Dy()
	toW, toH := w, h
	if toH > logoHeight {
		toW, toH = max(1, toW*logoHeight/toH), logoHeight
	}
	if toW > logoWidth {
		toW, toH = logoWidth, max(1, toH*logoWidth/toW)
	}
	to := image.NewRGBA(image.Rect(0, 0, toW, toH))
	if toW == w && toH == h {
		draw.Draw(to, to.Bounds(), read, read.Bounds().Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(to, to.Bounds(), read, read.Bounds(), draw.Src, nil)
	}
	return to
}
