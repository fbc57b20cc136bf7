package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"portico"
	"portico/internal/store"
)

// Bounds of the events that somebody can make at will. What is more in an hour
// is counted, and one event says how many there were, of whom and from where.
const (
	shares       = 16 // of the strangers in each log: one network alone fills its own
	shareEvents  = 20 // of a share, each kept
	sharePlaces  = 8  // kinds of what was counted that a share keeps apart
	personEvents = 60 // of a person, each kept

	networksTold = 10 // in one event
)

// byStrangers are the actions of those who have proved nothing.
var byStrangers = map[portico.Action]bool{
	portico.LoginRefused: true, portico.PasswordGuessing: true, portico.ResetAsked: true,
}

// atWill are the actions that a person can repeat as often as there is time, at
// least with the password.
var atWill = map[portico.Action]bool{
	portico.LoginPassword: true, portico.LoginDone: true, portico.LogoutDone: true, portico.ConfirmDone: true, portico.ConfirmRefused: true,
	portico.SessionEnded: true, portico.SessionsEnded: true, portico.TwoFactorStarted: true, portico.TwoFactorRefused: true,
	portico.BrowserForgotten: true, portico.PeopleExported: true,
}

// shareOf says which events share a bound with one, and that bound; "" when it
// is always kept.
func shareOf(e portico.Event) (share string, most int64) {
	switch {
	case byStrangers[e.Action]:
		h := fnv.New32a()
		_, _ = h.Write([]byte(string(e.TargetID) + " " + e.Actor.Origin.Network())) // never fails
		return fmt.Sprintf("strangers %d", h.Sum32()%shares), shareEvents
	case atWill[e.Action]:
		return "person " + cmp.Or(string(e.Actor.UserID), string(e.TargetID)), personEvents
	}
	return "", 0
}

// keep writes an event, or counts it where there were too many in this hour.
func keep(tx *store.Tx, e portico.Event) error {
	share, most := shareOf(e)
	if share == "" {
		return tx.AppendEvent(e)
	}
	hour := tx.Now.Truncate(time.Hour)
	n, err := tx.CountShare(e.CustomerID, hour, share)
	if err != nil {
		return err
	}
	if n <= most {
		return tx.AppendEvent(e)
	}
	return tx.CountEvent(e, hour, share, e.Actor.Origin.Network(), sharePlaces)
}

// SumUp writes what was counted in the hours that are over into the logs. It is
// called again and again, and may run in several programs at once.
func (l *Log) SumUp(ctx context.Context) error {
	for {
		over := false
		err := l.DB.Update(ctx, portico.System(portico.Origin{}), func(tx *store.Tx) error {
			c, hour, err := tx.CountedBefore(tx.Now.Truncate(time.Hour))
			if errors.Is(err, store.ErrNotFound) {
				over = true
				return nil
			}
			if err != nil {
				return err
			}
			return sumUp(tx, c, hour)
		})
		if err != nil || over {
			return err
		}
	}
}

// sumUp writes one event for each action and person.
func sumUp(tx *store.Tx, c portico.CustomerID, hour time.Time) error {
	counted, err := tx.CountedEvents(c, hour)
	if err != nil {
		return err
	}
	for len(counted) > 0 {
		n := 1
		for n < len(counted) && counted[n].Action == counted[0].Action && counted[n].TargetID == counted[0].TargetID {
			n++
		}
		id, err := store.NewID()
		if err != nil {
			return err
		}
		of := counted[0]
		err = tx.AppendSum(portico.Event{
			ID: id, At: tx.Now, CustomerID: c, Action: of.Action, Actor: portico.System(portico.Origin{}),
			TargetID: of.TargetID, TargetName: of.TargetName, Details: sumOf(counted[:n]),
		})
		if err != nil {
			return err
		}
		counted = counted[n:]
	}
	return tx.ForgetCounted(c, hour)
}

// sumOf says how many events there were, and of what kind and from which
// networks the most.
func sumOf(counted []store.EventCount) string {
	var all, others int64
	var parts []string
	for i, n := range counted {
		all += n.Events
		if i >= networksTold || n.Network == "" && n.Details == "" {
			others += n.Events
			continue
		}
		part := fmt.Sprintf("%d", n.Events)
		if n.Details != "" {
			part += " " + n.Details
		}
		if n.Network != "" {
			part += " from " + n.Network
		}
		parts = append(parts, part)
	}
	if others > 0 {
		parts = append(parts, fmt.Sprintf("%d others", others))
	}
	hour := counted[0].Hour
	return fmt.Sprintf("%d more between %s and %s UTC: %s", all, hour.Format("2 January 2006 15:04"), hour.Add(time.Hour).Format("15:04"), strings.Join(parts, ", "))
}
