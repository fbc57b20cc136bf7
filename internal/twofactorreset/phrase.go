package twofactorreset

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
)

// words are short, plain and hard to mishear. A phrase of three lets nobody in:
// it shows the target that the caller is the help desk, because a stranger does
// not know it.
var words = strings.Fields(`
anchor apple arrow autumn badge bakery balcony bamboo basket beacon beaver bicycle blanket bottle branch bridge
bucket butter button cabin cactus camera candle canyon carpet castle cherry circle cloud cobalt coffee comet
copper corner cotton cricket curtain dancer desert dolphin dragon drawer eagle ember engine falcon feather ferry
fiddle flannel forest fountain garden garlic ginger glacier granite hammer harbour harvest hazel helmet honey island
ivory jacket jasmine jungle kettle kitchen ladder lantern lemon lentil library lobster magnet mango maple marble
market meadow melon mirror monkey morning mountain mustard needle nutmeg ocean olive orange orchard oyster paddle
panther paper pebble pepper pillow pilot planet pocket pumpkin quarry rabbit radish raven ribbon river rocket
saddle saffron salmon shadow shovel silver spider summer sunset teapot temple thunder tiger timber tomato tulip`)

// newHelpDeskPhrase returns three random words.
func newHelpDeskPhrase() string {
	picked := make([]string, 3)
	for i := range picked {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails: the program ends instead
		picked[i] = words[binary.BigEndian.Uint64(b[:])%uint64(len(words))]
	}
	return strings.Join(picked, " ")
}
