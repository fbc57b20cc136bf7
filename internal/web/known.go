package web

import (
	"context"
	"fmt"

	"portico"
)

// known is what pages without a session show of the database. They show what it
// was at the last Look, so that the log-in page opens while the database does not
// answer.
type known struct {
	provider portico.Customer
	empty    bool // the portal has no users yet, and waits for its set-up link
}

// Look reads the database again for pages without a session. serve calls it at its
// start and then every ten seconds, because another node may have changed it.
func (s *Server) Look(ctx context.Context) error {
	provider, err := s.Customers.Provider(ctx)
	if err != nil {
		return fmt.Errorf("reading how the provider's pages look: %w", err)
	}
	now := known{provider: provider}
	if s.SetupToken != "" && s.known.Load().empty { // once there are users, there always are
		if now.empty, err = s.Users.Empty(ctx); err != nil {
			return fmt.Errorf("looking for the first user: %w", err)
		}
	}
	s.known.Store(&now)
	return nil
}
