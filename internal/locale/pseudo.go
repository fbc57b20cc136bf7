package locale

import (
	"regexp"
	"strings"
)

// Fixed matches what a translation keeps: the actions of a template, its elements,
// references to characters, places for values, and addresses.
var Fixed = regexp.MustCompile(`\{\{.*?\}\}|<[^>]*>|&\w+;|\{\w+\}|%\w|https?://\S+`)

var accents = strings.NewReplacer("a", "å", "e", "é", "i", "ï", "o", "ö", "u", "ü", "c", "ç", "n", "ñ", "y", "ý",
	"A", "Å", "E", "É", "I", "Ï", "O", "Ö", "U", "Ü", "C", "Ç", "N", "Ñ", "Y", "Ý")

// pseudo returns each plural form of a message in Pseudo. The layouts of dates and
// numbers stay as they are.
func pseudo(message string) string {
	text := withoutContext(message)
	if strings.HasPrefix(message, "#date ") || strings.HasPrefix(message, "#number ") {
		return text
	}
	if strings.HasPrefix(message, "#month ") || strings.HasPrefix(message, "#short ") { // a date is no longer than in other languages
		return "[" + accents.Replace(text) + "]"
	}
	forms := strings.Split(text, "|")
	for i, form := range forms {
		forms[i] = pseudoForm(form)
	}
	return strings.Join(forms, "|")
}

func pseudoForm(text string) string {
	letters := len(Fixed.ReplaceAllString(text, ""))
	var b strings.Builder
	b.WriteString("[")
	end := 0
	for _, at := range Fixed.FindAllStringIndex(text, -1) {
		b.WriteString(accents.Replace(text[end:at[0]]) + text[at[0]:at[1]])
		end = at[1]
	}
	b.WriteString(accents.Replace(text[end:]))
	// Four letters longer for each ten, in words as long as usual ones.
	for i := 0; i < letters*4/10; i += 6 {
		b.WriteString(" " + strings.Repeat("~", min(5, letters*4/10-i)))
	}
	return b.String() + "]"
}
