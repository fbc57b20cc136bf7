package locale

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"portico"
)

// Number returns a whole number with its digits in groups of three, as the
// language writes it. It is for amounts: identifiers, years and codes have no
// groups.
func (l Language) Number(n int) string {
	if n < 0 {
		return "-" + l.Number(-n)
	}
	digits := strconv.Itoa(n)
	if len(digits) < 4 || len(digits) == 4 && l.Text("#number 1,234") == "1234" { // as in Spanish
		return digits
	}
	return l.grouped(digits)
}

func (l Language) grouped(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	separator := strings.TrimSuffix(strings.TrimPrefix(l.Text("#number 12,345"), "12"), "345")
	return l.grouped(digits[:len(digits)-3]) + separator + digits[len(digits)-3:]
}

// Time formats a time by one of the layouts below, with the months' names of the
// language.
func (l Language) Time(t time.Time, layout Layout) string {
	form := l.Text(layout)
	text := t.Format(form)
	if First(l) == English {
		return text
	}
	if rest, is := strings.CutPrefix(text, "1 "); is { // "1er janvier"
		text = l.Text("#date 1") + " " + rest
	}
	month, i := t.Format("January"), int(t.Month())-1
	if strings.Contains(string(layout), "January") {
		return strings.Replace(text, month, l.Text(months[i]), 1)
	}
	return strings.Replace(text, month[:3], l.Text(shortMonths[i]), 1)
}

var (
	months = [...]portico.Text{
		"#month January", "#month February", "#month March", "#month April", "#month May", "#month June",
		"#month July", "#month August", "#month September", "#month October", "#month November", "#month December",
	}
	shortMonths = [...]portico.Text{
		"#month Jan", "#month Feb", "#month Mar", "#month Apr", "#short May", "#month Jun",
		"#month Jul", "#month Aug", "#month Sep", "#month Oct", "#month Nov", "#month Dec",
	}
)

// Layout is a message whose text is a layout of package time. It has a month in
// letters.
type Layout = portico.Text

// The layouts of dates and times.
const (
	Day              Layout = "#date 2 January 2006"
	DayOfYear        Layout = "#date 2 January"
	ShortDay         Layout = "#date 2 Jan 2006"
	DayAndTime       Layout = "#date 2 January 2006, 15:04"
	DayOfYearAndTime Layout = "#date 2 January, 15:04"
	Minute           Layout = "#date 2 Jan 2006, 15:04"
	Second           Layout = "#date 2 Jan 2006, 15:04:05"
)

// listed is words of a list: each of them is isolated, if it needs it.
type listed string

// soundOfI matches a word that begins with the sound of the vowel i, before which
// Spanish has e for and. Marks in front of it, such as quotes, do not count.
var soundOfI = regexp.MustCompile(`^\PL*(?i:h?[ií]|y)([^aeiouáéóú]|$)`)

// List joins words as a sentence does.
func (l Language) List(words ...string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	and := portico.Text("#list {0} and {1}")
	if soundOfI.MatchString(words[last]) {
		and = "#list-before-i {0} and {1}"
	}
	return l.Text(and, listed(strings.Join(words[:last], l.Text("#list , "))), listed(words[last]))
}
