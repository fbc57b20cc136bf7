package users

import (
	"context"

	"portico"
	"portico/internal/store"
)

// TwoFactorReport says how many of a customer's active users have enabled 2FA,
// by role, and names users who log in with a password only.
type TwoFactorReport struct {
	Roles   []RoleCoverage
	Without []portico.User // the first of them, highest role first, then by name
	More    bool           // there are more of them
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
		}
		if report.More = len(report.Without) > most; report.More {
			report.Without = report.Without[:most]
		}
		return report, nil
	})
}

// rolesDown lists the roles that people can have in a customer, highest first.
func rolesDown(c portico.CustomerID) []portico.Role {
	if c == portico.ProviderID {
		return []portico.Role{portico.RoleOperator}
	}
	return []portico.Role{portico.RoleAdministrator, portico.RoleHelpDesk, portico.RoleUser}
}
