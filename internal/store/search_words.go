package store

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"portico"
)

// maxWords and maxWord limit what one person adds to the index of words: each
// word has up to three forms in it.
const (
	maxWords = 40
	maxWord  = 40 // bytes; longer words are found by their beginning
)

// fold returns a text without regard to case and Unicode composition.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// word is a word of a text, folded. Its forms are those by which it is found,
// sorted; the word itself is one of them.
type word struct {
	exact string
	forms []string
}

// words splits a text into the words that it is searched by, each also in the
// forms of the names that it is joined to: see joined.
func words(text string) []word {
	text = strings.ReplaceAll(text, "´", "'")
	found := split(text)
	join(found, text)
	return found
}

// split splits a text into its words: runs of letters, marks and digits, without
// duplicates. It returns at most maxWords.
func split(text string) []word {
	fields := strings.FieldsFunc(fold(text), notOfWord)
	found := make([]word, 0, min(len(fields), maxWords))
	for i, w := range fields {
		exact := cut(w)
		if len(found) == maxWords {
			break
		}
		if slices.ContainsFunc(found, func(f word) bool { return f.exact == exact }) {
			continue
		}
		fields[i] = exact
		forms := fields[i : i+1 : i+1] // no copy: an import splits millions of words
		if strings.ContainsFunc(w, notASCII) {
			forms = withoutMarks(forms, w)
		}
		found = append(found, word{exact, forms})
	}
	return found
}

// withoutMarks adds the other forms of a folded word to forms, sorted.
func withoutMarks(forms []string, w string) []string {
	forms = append(forms, cut(unmarked(w)), cut(unmarked(spelledOut.Replace(norm.NFC.String(w)))))
	slices.Sort(forms)
	return slices.DeleteFunc(slices.Compact(forms), func(f string) bool { return f == "" }) // it would match every word
}

func notASCII(r rune) bool { return r > unicode.MaxASCII }

func notOfWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }

// cut shortens a word to at most maxWord bytes, between characters.
func cut(word string) string {
	if len(word) <= maxWord {
		return word
	}
	n := maxWord
	for n > 0 && word[n]&0xc0 == 0x80 {
		n--
	}
	return word[:n]
}

// spelledOut replaces the letters that are written as two where the letter
// itself cannot be typed: in German, Danish and Norwegian, and Croatian.
var spelledOut = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe", "å", "aa", "đ", "dj")

// plain replaces the letters that Unicode does not decompose into a letter and
// a mark, after folding. The apostrophes are letters to Unicode, and drop out.
var plain = strings.NewReplacer(
	"ł", "l", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ı", "i", "æ", "ae", "œ", "oe", "ŋ", "n", "ŧ", "t", "ĸ", "k", "ə", "e",
	"ɓ", "b", "ƈ", "c", "ɖ", "d", "ɗ", "d", "ɛ", "e", "ǝ", "e", "ƒ", "f", "ɠ", "g", "ǥ", "g", "ɣ", "g", "ɨ", "i", "ɩ", "i", "ƙ", "k", "ƚ", "l",
	"ɲ", "n", "ɔ", "o", "ɵ", "o", "ƥ", "p", "ʈ", "t", "ƭ", "t", "ʉ", "u", "ʋ", "v", "ƴ", "y", "ƶ", "z", "ȥ", "z",
	"ʹ", "", "ʺ", "", "ʻ", "", "ʼ", "", "ʽ", "", "ʾ", "", "ʿ", "",
)

// unmarked returns a folded word without accents and other marks that people
// leave out when they type.
func unmarked(word string) string {
	return plain.Replace(norm.NFC.String(strings.Map(func(r rune) rune {
		if isAccent(r) {
			return -1
		}
		return r
	}, norm.NFD.String(word))))
}

// isAccent reports whether a mark can be left out of a word. The marks of other
// scripts are vowels, or make another letter.
func isAccent(r rune) bool {
	return unicode.Is(unicode.Mn, r) && r != 0x3099 && r != 0x309a && // the voicing marks of Japanese
		unicode.In(r, unicode.Inherited, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic, unicode.Syriac)
}

// wordsOf returns the words by which a person is found. Only names are joined, in
// both orders: login IDs and labels with hyphens would fill the index.
func wordsOf(u portico.User) []word {
	words := split(u.LoginID + " " + u.FirstName + " " + u.LastName + " " + u.Email + " " + strings.Join(u.Labels, " "))
	if strings.ContainsFunc(u.FirstName, joins) || strings.ContainsFunc(u.LastName, joins) { // seldom
		join(words, u.FirstName+" "+u.LastName)
		join(words, u.LastName+" "+u.FirstName)
	}
	return words
}

// indexOf returns the forms of words that the index holds, sorted and without
// duplicates.
func indexOf(words []word) []string {
	forms := make([]string, 0, len(words))
	for _, w := range words {
		forms = append(forms, w.forms...)
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// ranges returns the beginnings of forms that a searched word matches, sorted,
// and none of which begins with another.
func (w word) ranges() []string {
	var out []string
	for _, f := range w.forms {
		if len(out) == 0 || !strings.HasPrefix(f, out[len(out)-1]) {
			out = append(out, f)
		}
	}
	return out
}

// match reports whether each searched word is, in one of its forms, the
// beginning of one of the indexed forms.
func match(index []string, searched []word) bool {
	for _, s := range searched {
		if firstIn(index, s.ranges()) == "" {
			return false
		}
	}
	return true
}

// matchExactly reports whether each searched word is, as typed, the beginning
// of one of the words.
func matchExactly(words, searched []word) bool {
	for _, s := range searched {
		if !slices.ContainsFunc(words, func(w word) bool { return strings.HasPrefix(w.exact, s.exact) }) {
			return false
		}
	}
	return true
}

// firstIn returns the first of the indexed forms that begins with one of
// ranges, or "".
func firstIn(index, ranges []string) string {
	for _, f := range index {
		if slices.ContainsFunc(ranges, func(begins string) bool { return strings.HasPrefix(f, begins) }) {
			return f
		}
	}
	return ""
}

// placeOf returns the form of words at which the scan of ranges lists a person:
// the first of the words themselves, which are always in the index, or else the
// first of the other forms, which may be missing while people are indexed anew.
func placeOf(words []word, ranges []string) string {
	exact := make([]string, len(words))
	for i, w := range words {
		exact[i] = w.exact
	}
	slices.Sort(exact)
	return cmp.Or(firstIn(exact, ranges), firstIn(indexOf(words), ranges))
}

// after returns a bound that is above every word that begins with begins.
func after(begins string) string { return begins + "\U0010ffff" }

// indexWords changes the index of words of a person from the forms from to the
// forms to. Either is nil if the person does not exist before or after the
// change.
func (tx *Tx) indexWords(c portico.CustomerID, id portico.UserID, from, to []string) error {
	for _, w := range from {
		if !slices.Contains(to, w) {
			if _, err := tx.exec("taking a word out", `DELETE FROM user_words WHERE customer_id = $1 AND word = $2 AND user_id = $3`, c, w, id); err != nil {
				return err
			}
		}
	}
	for _, w := range to {
		if !slices.Contains(from, w) {
			if _, err := tx.exec("adding a word", `INSERT INTO user_words (customer_id, word, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, c, w, id); err != nil {
				return err
			}
		}
	}
	return nil
}
