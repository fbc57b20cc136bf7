package ui

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty margin around a QR code, in modules (ISO/IEC 18004,
// 6.3.8).
const quiet = 4

// NewQR encodes a text as a QR code with error correction level L: a screen is
// neither torn nor dirty, and fewer modules are easier to read.
func NewQR(text string) (*QR, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, fmt.Errorf("encoding a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	return &QR{Size: code.Size + 2*quiet, Path: path.String()}, nil
}
