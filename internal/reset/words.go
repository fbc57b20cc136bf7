package reset

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
)

// words are short, plain and hard to mishear. A phrase of three is no secret to
// let anybody in: a stranger who calls in the name of the help desk does not
// know it.
var words = strings.Fields(`
anchor apple arrow autumn badge bakery balcony bamboo basket beacon beaver bicycle blanket bottle branch bridge
bucket butter button cabin cactus camera candle canyon carpet castle cherry circle cloud cobalt coffee comet
copper corner cotton cricket curtain dancer desert dolphin dragon drawer eagle ember engine falcon feather ferry
fiddle flannel forest fountain garden garlic ginger glacier granite hammer harbour harvest hazel helmet honey island
ivory jacket jasmine jungle kettle kitchen ladder lantern lemon lentil library lobster magnet mango maple marble
market meadow melon mirror monkey morning mountain mustard needle nutmeg ocean olive orange orchard oyster paddle
panther paper pebble pepper pillow pilot planet pocket pumpkin quarry rabbit radish raven ribbon river rocket
saddle saffron salmon shadow shovel silver spider summer sunset teapot temple thunder tiger timber tomato tulip`)

// newHelpDeskPhrase picks three of them.
func newHelpDeskPhrase() string {
	picked := make([]string, 3)
	for i := range picked {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails: the program ends instead
		picked[i] = words[binary.BigEndian.Uint64(b[:])%uint64(len(words))]
	}
	return strings.Join(picked, " ")
}

// newCallCode makes the code that is read back by voice: eight digits.
func newCallCode() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(b[:])%100_000_000)
}

// spaced is such a code as it is read.
func spaced(code string) string { return code[:4] + " " + code[4:] }

// parseCall takes what a code may look like when it is typed from hearing.
func parseCall(typed string) (string, bool) {
	code := strings.NewReplacer(" ", "", "-", "").Replace(typed)
	if len(code) != 8 || strings.Trim(code, "0123456789") != "" {
		return "", false
	}
	return code, true
}
