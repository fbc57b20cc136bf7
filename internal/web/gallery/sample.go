package gallery

import (
	"time"

	"portico"
	"portico/internal/web/ui"
)

// now is when the samples are seen.
var now = time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)

const issuer = "Acme Telecom"

// visitor is the layout for everybody, before the log-in.
func visitor(title string) ui.Layout { return ui.Layout{Title: title, Brand: "Portico"} }

// user is the layout of somebody without rights over others.
func user(title string) ui.Layout {
	return ui.Layout{
		Title: title, Brand: issuer, Here: "/account",
		Person: &ui.Person{Name: "Ben Kowalski", Initials: "BK", LoginID: "ben.kowalski", Customer: issuer},
	}
}

// administrator is the layout of a customer's administrator, at a place of the
// menu.
func administrator(title, here string) ui.Layout {
	return ui.Layout{
		Title: title, Brand: issuer, Here: here, Base: "/administration",
		Person: &ui.Person{
			Name: "Ann Whitfield", Initials: "AW", LoginID: "ann", Customer: issuer,
			SeesPeople: true, SeesAudit: true, SetsPolicy: true, SetsDoors: true,
		},
	}
}

// operator is the layout of somebody of the provider.
func operator(title, here string) ui.Layout {
	return ui.Layout{
		Title: title, Brand: "Portico", Here: here, Base: "/administration",
		Person: &ui.Person{
			Name: "Olga Petrova", Initials: "OP", LoginID: "olga", Customer: "Northern Hosting",
			SeesPeople: true, SeesAudit: true, SetsPolicy: true, SeesCustomers: true,
		},
	}
}

// with returns the layout with a sentence said once.
func with(l ui.Layout, notice string) ui.Layout {
	l.Notice = notice
	return l
}

// due returns the layout of somebody for whom 2FA will be required.
func due(l ui.Layout, days int) ui.Layout {
	p := *l.Person
	p.Due, p.DaysLeft = now.AddDate(0, 0, days), days
	l.Person = &p
	return l
}

// mustEnrol returns the layout of somebody who can do nothing else before.
func mustEnrol(l ui.Layout) ui.Layout {
	p := *l.Person
	p.MustEnrol = true
	l.Person = &p
	return l
}

// wrong is a form that came back because of one field.
func wrong(field, text string) *ui.Problem {
	return &ui.Problem{Text: text, Fields: map[string]string{field: text}}
}

// someone makes a person of the sample customer.
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
