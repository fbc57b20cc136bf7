package gallery

import (
	"reflect"
	"slices"
	"strings"

	"portico"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

// Hostile is what a person may have typed into any field: markup that must stay
// text, and more of it than fits.
const Hostile = `"><script>alert(1)</script><b onclick=x>'` + "Ünïcode" + "Verylongnameverylongnameverylongnameverylongname"

// Variants returns all states, and of each one a copy that holds the layout
// alone and a copy in which every text is Hostile, every field of the form is
// wrong, and the reader sees every entry of the menu. Tests render them; the
// gallery does not show them.
func Variants() []State {
	var all []State
	for _, s := range States() {
		all = append(all, s, State{s.Name + ", empty", empty(s.Content)}, State{s.Name + ", hostile", hostile(s.Content)})
	}
	return all
}

func empty(p ui.Page) ui.Page {
	e := reflect.New(reflect.TypeOf(p)).Elem()
	e.FieldByName("Layout").Set(reflect.ValueOf(p).FieldByName("Layout"))
	return e.Interface().(ui.Page)
}

// inPseudo returns a page in Pseudo, with a digit in place of each text that it was
// given: what it shows in letters outside brackets, nobody can translate.
func inPseudo(p ui.Page) ui.Page {
	return speaking(p, locale.Pseudo, func(string, string) string { return "7" })
}

// inLanguage returns a page in a language, with the texts that the program would have
// given to it in that language. What is no message, such as a name, stays as it is.
func inLanguage(p ui.Page, l locale.Language) ui.Page {
	if l == locale.English {
		return p
	}
	messages, _ := locale.All()[1].Messages() // a test reads the catalogues
	return speaking(p, l, func(_, text string) string {
		if messages[text] == "" {
			return text
		}
		return l.Text(portico.Text(text))
	})
}

func speaking(p ui.Page, l locale.Language, say func(field, text string) string) ui.Page {
	h := reflect.New(reflect.TypeOf(p)).Elem()
	h.Set(reflect.ValueOf(p))
	fill(h, "", say)
	h.FieldByName("Layout").Addr().Interface().(*ui.Layout).Language = l
	if problem := h.FieldByName("Problem"); problem.IsValid() {
		problem.Set(reflect.ValueOf(problem.Interface().(*ui.Problem).In(l)))
	}
	return h.Interface().(ui.Page)
}

func hostile(p ui.Page) ui.Page {
	h := reflect.New(reflect.TypeOf(p)).Elem()
	h.Set(reflect.ValueOf(p))
	l := h.FieldByName("Layout").Addr().Interface().(*ui.Layout)
	l.Notice = "enabled"
	if l.Person != nil {
		seesAll := *l.Person
		seesAll.SeesPeople, seesAll.SeesAudit, seesAll.SetsPolicy, seesAll.SetsProviderAccess, seesAll.SeesCustomers = true, true, true, true, true
		l.Person = &seesAll
	}
	fill(h, "", func(string, string) string { return Hostile })
	if problem := h.FieldByName("Problem"); problem.IsValid() {
		wrong := map[string]string{}
		for _, name := range formFields {
			wrong[name] = Hostile
		}
		problem.Set(reflect.ValueOf(&ui.Problem{Text: "Correct the fields. " + Hostile, Fields: wrong}))
	}
	return h.Interface().(ui.Page)
}

// formFields are the fields of all forms.
var formFields = strings.Fields(`accent audit_months brand call_code code customer_name customer_slug email exempt_until file first_name from
	idle_minutes label labels language last_name login_id logo name new_password number password password_length person reason recovery_code
	passkeys_administrator passkeys_helpdesk passkeys_user passkeys_from_administrator passkeys_from_helpdesk passkeys_from_user
	require_administrator require_helpdesk require_operator require_user reset_delay_administrator reset_delay_helpdesk reset_delay_user
	reset_per_hour role seen_by session_hours slug until`)

// chosen are the fields of type string that the program sets to one of a few
// words, by which a template decides what to show.
var chosen = []string{"Kind", "What", "Does", "Notice", "Order"}

var text = reflect.TypeFor[string]()

// fill replaces each text in v, which stands in the field name, by what with makes of both. What v
// refers to is copied first. Named types such as portico.Role are no texts: nobody types
// them.
func fill(v reflect.Value, name string, with func(field, text string) string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == text && v.CanSet() && !slices.Contains(chosen, name) {
			v.SetString(with(name, v.String()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f, v.Type().Field(i).Name, with)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			to := reflect.New(v.Type().Elem())
			to.Elem().Set(v.Elem())
			fill(to.Elem(), name, with)
			v.Set(to)
		}
	case reflect.Interface: // a value of a message
		if !v.IsNil() {
			to := reflect.New(v.Elem().Type()).Elem()
			to.Set(v.Elem())
			fill(to, name, with)
			v.Set(to)
		}
	case reflect.Slice:
		to := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(to, v)
		for i := range to.Len() {
			fill(to.Index(i), name, with)
		}
		v.Set(to)
	case reflect.Map:
		to := reflect.MakeMap(v.Type())
		for _, k := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(k))
			fill(value, name, with)
			to.SetMapIndex(k, value)
		}
		v.Set(to)
	}
}
