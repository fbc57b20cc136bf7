package store

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"portico"
)

// maxWords and maxWord limit what one person adds to the index of words.
const (
	maxWords = 40
	maxWord  = 40 // bytes; longer words are found by their beginning
)

// fold returns the form of a text that is used to sort and search: without
// regard to case and Unicode composition.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// Words splits a text into the words that it is searched by: runs of letters,
// marks and digits, folded, sorted and without duplicates. It returns at most
// maxWords.
func Words(text string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(fold(text), notOfWord) {
		if w = cut(w); !slices.Contains(words, w) && len(words) < maxWords {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	return words
}

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

// wordsOf returns the words by which a person is found.
func wordsOf(u portico.User) []string {
	return Words(u.LoginID + " " + u.FirstName + " " + u.LastName + " " + u.Email + " " + strings.Join(u.Labels, " "))
}

// begin reports whether each searched word is the beginning of one of the
// words.
func begin(words, searched []string) bool {
	for _, s := range searched {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, s) }) {
			return false
		}
	}
	return true
}

// firstWithPrefix returns the first of the words that begins with begins, or "".
func firstWithPrefix(words []string, begins string) string {
	for _, w := range words {
		if strings.HasPrefix(w, begins) {
			return w
		}
	}
	return ""
}

// after returns a bound that is above every word that begins with begins.
func after(begins string) string { return begins + "\U0010ffff" }

// indexWords changes the index of words of a person from the words from to the
// words to. Either is nil if the person does not exist before or after the
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
			if _, err := tx.exec("adding a word", `INSERT INTO user_words (customer_id, word, user_id) VALUES ($1, $2, $3)`, c, w, id); err != nil {
				return err
			}
		}
	}
	return nil
}
