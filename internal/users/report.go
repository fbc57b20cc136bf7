package users

import (
	"context"
	"time"

	"portico"
	"portico/internal/store"
)

// TwoFactorReport says how many of a customer's active users have enabled 2FA,
// by role, and names users who log in with a password only, and those who lack a
// passkey where one is or becomes required.
type TwoFactorReport struct {
	Roles    []RoleCoverage
	Without  []portico.User // the first of them, highest role first, then by name
	More     bool           // there are more of them
	Passkeys []PasskeyLack  // for the roles that require one
	Lacking  []portico.User // the first of those without one, in the same order
	MoreLack bool           // there are more of them
}

// PasskeyLack counts the active users of a role who lack the passkey that it requires.
type PasskeyLack struct {
	Role   portico.Role
	From   time.Time
	People int
}

// RoleCoverage counts the active users of a role by the state of their 2FA.
type RoleCoverage struct {
	Role                    portico.Role
	Enabled, Disabled, None int
}

// TwoFactorReport counts a customer's users, and names at most most of those
// who have not enabled 2FA.
func (s *Service) TwoFactorReport(ctx context.Context, actor portico.Actor, c portico.CustomerID, most int) (TwoFactorReport, error) {
	if !actor.Can(portico.SeePeople, c) {
		return TwoFactorReport{}, portico.ErrForbidden
	}
	return store.View(ctx, s.db, func(r *store.Reader) (report TwoFactorReport, err error) {
		kinds, err := r.Counts(c)
		if err != nil {
			return report, err
		}
		customer, err := r.Customer(c)
		if err != nil {
			return report, err
		}
		for _, role := range rolesDown(c) {
			cover := RoleCoverage{Role: role}
			for _, k := range kinds {
				switch {
				case k.Role != role || k.Status != portico.Active:
				case k.TwoFactor == portico.TwoFactorEnabled:
					cover.Enabled += k.People
				case k.TwoFactor == portico.TwoFactorDisabled:
					cover.Disabled += k.People
				default:
					cover.None += k.People
				}
			}
			report.Roles = append(report.Roles, cover)
			users, err := r.WithoutTwoFactor(c, role, most+1-len(report.Without))
			if err != nil {
				return report, err
			}
			report.Without = append(report.Without, users...)
			if err := report.addPasskeys(r, customer, cover, most); err != nil {
				return report, err
			}
		}
		if report.More = len(report.Without) > most; report.More {
			report.Without = report.Without[:most]
		}
		if report.MoreLack = len(report.Lacking) > most; report.MoreLack {
			report.Lacking = report.Lacking[:most]
		}
		return report, nil
	})
}

// addPasskeys adds the users of a role who lack the passkey that it requires, most of
// them at most and one more. Where no passkey works, none is required.
func (report *TwoFactorReport) addPasskeys(r *store.Reader, c portico.Customer, cover RoleCoverage, most int) error {
	rule := c.Policy.Passkeys.For(cover.Role)
	if rule.Use != portico.PasskeysRequired || !r.TakesPasskeys() {
		return nil
	}
	with, err := r.WithPasskey(c.ID, cover.Role)
	if err != nil {
		return err
	}
	report.Passkeys = append(report.Passkeys, PasskeyLack{cover.Role, rule.From, cover.Enabled + cover.Disabled + cover.None - with})
	users, err := r.WithoutPasskey(c.ID, cover.Role, most+1-len(report.Lacking))
	report.Lacking = append(report.Lacking, users...)
	return err
}

// rolesDown lists the roles that people can have in a customer, highest first.
func rolesDown(c portico.CustomerID) []portico.Role {
	if c == portico.ProviderID {
		return []portico.Role{portico.RoleOperator}
	}
	return []portico.Role{portico.RoleAdministrator, portico.RoleHelpDesk, portico.RoleUser}
}
