package users

import (
	"strings"

	"portico"
	"portico/internal/spreadsheet"
)

// Columns are the columns with which every CSV file of users begins: first those
// that an import takes, then those that it ignores.
var Columns = []string{"login_id", "first_name", "last_name", "email", "role", "labels", "language", "status", "two_factor", "last_log_in"}

// Cells returns a user in Columns.
func Cells(u portico.User) []string {
	return []string{
		spreadsheet.Cell(u.LoginID), spreadsheet.Cell(u.FirstName), spreadsheet.Cell(u.LastName), spreadsheet.Cell(u.Email), string(u.Role),
		spreadsheet.Cell(strings.Join(u.Labels, ";")), spreadsheet.Cell(u.Language), string(u.Status), string(u.TwoFactor), spreadsheet.Time(u.LastLoginAt),
	}
}
