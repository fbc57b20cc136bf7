package gallery

import (
	"errors"
	"time"

	"portico"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

// now is the time at which the samples are shown.
var now = time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)

const issuer = "Acme Telecom"

// visitor returns the layout for a visitor without a session.
func visitor(title string) ui.Layout {
	return ui.Layout{Title: title, Brand: "Portico", Return: "/login"}
}

// user returns the layout for a person with the role user.
func user(title string) ui.Layout {
	return ui.Layout{
		Title: title, Brand: issuer, Here: "/account",
		Person: &ui.Person{Name: "Ben Kowalski", Initials: "BK", LoginID: "ben.kowalski", Customer: issuer},
	}
}

// administrator returns the layout for a customer's administrator. here is the
// current menu entry.
func administrator(title, here string) ui.Layout {
	return ui.Layout{
		Title: title, Brand: issuer, Here: here, Base: "/administration",
		Person: &ui.Person{
			Name: "Ann Whitfield", Initials: "AW", LoginID: "ann", Customer: issuer,
			SeesPeople: true, SeesAudit: true, SetsPolicy: true, SetsProviderAccess: true,
		},
	}
}

// operator returns the layout for an operator.
func operator(title, here string) ui.Layout {
	return ui.Layout{
		Title: title, Brand: "Portico", Here: here, Base: "/administration",
		Person: &ui.Person{
			Name: "Olga Petrova", Initials: "OP", LoginID: "olga", Customer: "Northern Hosting",
			SeesPeople: true, SeesAudit: true, SetsPolicy: true, SeesCustomers: true,
		},
	}
}

// inside returns the layout for an operator inside the sample customer.
func inside(title, here string) ui.Layout {
	l := operator(title, here)
	l.Base, l.Entered = "/customers/acme", issuer
	return l
}

// with returns the layout with a notice.
func with(l ui.Layout, notice string) ui.Layout {
	l.Notice = notice
	return l
}

// without returns a user without 2FA.
func without(u portico.User) portico.User {
	u.TwoFactor = portico.TwoFactorNone
	return u
}

// due returns the layout for a person for whom 2FA becomes required in some
// days.
func due(l ui.Layout, days int) ui.Layout {
	p := *l.Person
	p.Due, p.DaysLeft, p.Zone = now.AddDate(0, 0, days), days, "UTC"
	l.Person = &p
	return l
}

// passkeyDue returns the layout for a person for whom a passkey becomes required in
// some days.
func passkeyDue(l ui.Layout, days int) ui.Layout {
	l = due(l, days)
	l.Person.DuePasskey = true
	return l
}

// mustEnrol returns the layout for a person who must set up 2FA before anything
// else.
func mustEnrol(l ui.Layout) ui.Layout {
	p := *l.Person
	p.MustEnrol = true
	l.Person = &p
	return l
}

// wrong returns the Problem of a form with one invalid field.
func wrong(field string, text portico.Text, values ...any) *ui.Problem {
	return refused(portico.FieldError(field, text, values...))
}

// refused returns the Problem that the page of a refused form shows.
func refused(err error) *ui.Problem {
	var told *portico.Error
	if !errors.As(err, &told) {
		panic("a sample of what is refused was accepted")
	}
	return ui.ProblemOf(locale.English, told)
}

// someone returns a sample person of the sample customer.
func someone(first, last string, role portico.Role, status portico.Status, twoFactor portico.TwoFactor, labels ...string) portico.User {
	id := lower(first) + "." + lower(last)
	u := portico.User{
		ID: portico.UserID(id), CustomerID: "acme", LoginID: id, FirstName: first, LastName: last, Email: id + "@acme.example",
		Role: role, Status: status, TwoFactor: twoFactor, Labels: labels, CreatedAt: now.AddDate(0, -3, 0), LastLoginAt: now.Add(-26 * time.Hour),
	}
	if status == portico.Invited {
		u.LoginID, u.LastLoginAt = "", time.Time{}
	}
	return u
}

var (
	ben    = someone("Ben", "Kowalski", portico.RoleUser, portico.Active, portico.TwoFactorEnabled, "Support", "Berlin")
	carla  = someone("Carla", "Díaz-Hernández", portico.RoleUser, portico.Active, portico.TwoFactorNone, "Sales")
	dmitri = someone("Dmitri", "Wolfeschlegelsteinhausenbergerdorff", portico.RoleUser, portico.Active, portico.TwoFactorDisabled, "Warehouse and logistics", "Night shift", "Berlin", "External")
	eunji  = someone("Eun-ji", "Kim", portico.RoleHelpDesk, portico.Active, portico.TwoFactorEnabled)
	fay    = someone("Fay", "Guest", portico.RoleUser, portico.Invited, portico.TwoFactorNone)
	gus    = someone("Gus", "Lindqvist", portico.RoleUser, portico.Suspended, portico.TwoFactorEnabled)
	ann    = someone("Ann", "Whitfield", portico.RoleAdministrator, portico.Active, portico.TwoFactorEnabled)
)
