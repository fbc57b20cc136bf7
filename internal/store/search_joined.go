package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// joiners are the characters that some people leave out of a name: apostrophes,
// what is typed for them, hyphens and the dots of Japanese.
const joiners = "'’‘‛`´′＇‐‑‒–-−·・･゠"

// join adds the joined names in a text to the forms of those of the words that
// they are made of. A search needs each of its words, so that it finds either all
// parts of a name or the name in one.
func join(words []word, text string) {
	for _, parts := range namesIn(text) {
		whole := strings.Join(parts, "")
		forms := withoutMarks([]string{cut(whole)}, whole)
		if len(parts) == 2 && unspaced(parts[0]) && unspaced(parts[1]) {
			forms = append(forms, cut(parts[1]+parts[0])) // the family name comes first, or last
		}
		for i, w := range words {
			if slices.ContainsFunc(parts, func(p string) bool { return cut(p) == w.exact }) {
				all := slices.Concat(w.forms, forms)
				slices.Sort(all)
				words[i].forms = slices.Compact(all)
			}
		}
	}
}

// joins reports whether a character makes a name one of several parts.
func joins(r rune) bool { return strings.ContainsRune(joiners, r) || isUnspaced(r) }

// namesIn returns the parts of those names in a text that have several: "O'Brien",
// or "김 철수". The parts are folded.
func namesIn(text string) (names [][]string) {
	text = fold(strings.ReplaceAll(text, "´", "'")) // fold makes a space and a mark of it
	var parts []string
	end := func() {
		if len(parts) > 1 {
			names = append(names, parts)
		}
		parts = nil
	}
	for between := ""; text != ""; {
		n := strings.IndexFunc(text, func(r rune) bool { return !notOfWord(r) })
		if n < 0 {
			break
		}
		between, text = text[:n], text[n:]
		if n = strings.IndexFunc(text, notOfWord); n < 0 {
			n = len(text)
		}
		part := text[:n]
		text = text[n:]
		if len(parts) > 0 && !joined(parts[len(parts)-1], between, part) {
			end()
		}
		parts = append(parts, part)
	}
	end()
	return names
}

// joined reports whether two words are parts of one name, by what is between
// them: a joiner, or a space where the script is written without.
func joined(before, between, after string) bool {
	if r, size := utf8.DecodeRuneInString(between); size == len(between) && strings.ContainsRune(joiners, r) {
		return true
	}
	return strings.TrimSpace(between) == "" && unspaced(before) && unspaced(after)
}

// unspaced reports whether a word is of a script in which names are mostly
// written without a space.
func unspaced(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return !isUnspaced(r) })
}

func isUnspaced(r rune) bool {
	return r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r == 'ー' || unicode.Is(unicode.Mn, r) && r >= 0x3099 && r <= 0x309a)
}
