package people

import (
	"context"

	"portico"
	"portico/internal/store"
)

// TwoFactorReport is how safely a customer's active people log in, by role, and
// who does so by password alone.
type TwoFactorReport struct {
	Roles   []RoleCoverage
	Without []portico.User // of the roles that may do most first, by name; the first ones
	More    bool           // there are more of them
}

// RoleCoverage counts the active people of a role by their 2FA.
type RoleCoverage struct {
	Role                    portico.Role
	Enabled, Disabled, None int
}

// TwoFactorReport counts a customer's people, and names some of those without
// 2FA, most at most.
func (s *Service) TwoFactorReport(ctx context.Context, actor portico.Actor, c portico.CustomerID, most int) (TwoFactorReport, error) {
	if !actor.Can(portico.SeePeople, c) {
		return TwoFactorReport{}, ErrForbidden
	}
	var report TwoFactorReport
	err := s.db.View(ctx, func(r *store.Reader) error {
		report = TwoFactorReport{}
		kinds, err := r.Counts(c)
		if err != nil {
			return err
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
				return err
			}
			report.Without = append(report.Without, users...)
		}
		if report.More = len(report.Without) > most; report.More {
			report.Without = report.Without[:most]
		}
		return nil
	})
	return report, err
}

// rolesDown lists the roles that people have in a customer, the one that may do
// most first.
func rolesDown(c portico.CustomerID) []portico.Role {
	if c == portico.ProviderID {
		return []portico.Role{portico.RoleOperator}
	}
	return []portico.Role{portico.RoleAdministrator, portico.RoleHelpDesk, portico.RoleUser}
}
