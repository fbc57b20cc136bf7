package audit

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"

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

	networksNamed = 10 // in one event
)

// shareOf says which events share a bound with one, and that bound; "" when it
// is always kept.
func shareOf(e portico.Event) (share string, most int64) {
	switch e.Action.Repeats() {
	case portico.ByStrangers:
		_, network := e.Actor.Origin.Networks()
		h := fnv.New32a()
		_, _ = h.Write([]byte(string(e.TargetID) + " " + network)) // never fails
		return fmt.Sprintf("strangers %d", h.Sum32()%shares), shareEvents
	case portico.ByPerson:
		return "person " + cmp.Or(string(e.Actor.UserID), string(e.TargetID)), personEvents
	}
	return "", 0
}

// keep writes an event. If its share has had too many in this hour, it counts it
// instead.
func keep(tx *store.Tx, e portico.Event) error {
	share, most := shareOf(e)
	if share == "" {
		return tx.AppendEvent(e)
	}
	n := store.EventCount{CustomerID: e.CustomerID, Hour: tx.Now.Truncate(time.Hour), Share: share}
	had, err := count(tx, n)
	if err != nil {
		return err
	}
	if had <= most {
		return tx.AppendEvent(e)
	}
	n.Action, n.TargetID, n.TargetName, n.Details, n.Told = e.Action, e.TargetID, e.TargetName, e.DetailsText(), e.DetailsMessage()
	_, n.Network = e.Actor.Origin.Networks()
	if n, err = withRoom(tx, n); err != nil {
		return err
	}
	tx.Observed(e)
	_, err = count(tx, n)
	return err
}

// withRoom returns the count that an event is added to. If the share already keeps
// many kinds apart, that is one of the action alone.
func withRoom(tx *store.Tx, n store.EventCount) (store.EventCount, error) {
	_, err := tx.Counted(n)
	if !errors.Is(err, store.ErrNotFound) {
		return n, err
	}
	kinds, err := tx.KindsCounted(n.CustomerID, n.Hour, n.Share)
	if kinds >= sharePlaces {
		n.TargetID, n.TargetName, n.Details, n.Told, n.Network = "", "", "", portico.Message{}, ""
	}
	return n, err
}

// count raises a count by one and returns it. A count that the portal did not
// write is recorded as refused, and starts again at one.
func count(tx *store.Tx, n store.EventCount) (int64, error) {
	was, err := tx.Counted(n)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return 0, err
	case tx.ProvedCount(was):
		n = was
	default:
		if err := refuseCounts(tx, n.CustomerID, []store.EventCount{was}); err != nil {
			return 0, err
		}
	}
	n.Events++
	return n.Events, tx.PutCount(n)
}

// mostClaimed bounds what a refused count says, so that the sum of many fits.
const mostClaimed = 1_000_000_000_000

// refuseCounts records that the portal did not write some counts. The event holds
// nothing of their text, only how many they are and how many events they claim.
func refuseCounts(tx *store.Tx, c portico.CustomerID, refused []store.EventCount) error {
	var claimed int64
	for _, n := range refused {
		claimed += max(0, min(n.Events, mostClaimed))
	}
	return Record(tx, portico.Event{
		CustomerID: c, Action: portico.CountsRefused, Actor: portico.System(portico.Origin{}),
		Told: portico.Say("{0} counts, which say {1} events: the portal did not write them, or has summed up their hour already", len(refused), claimed),
	})
}

// SumUp writes what was counted in the hours that are over into the logs. It is
// called again and again, and may run in several programs at once.
func (l *Log) SumUp(ctx context.Context) error {
	for {
		over, err := store.Update(ctx, l.DB, portico.System(portico.Origin{}), func(tx *store.Tx) (bool, error) {
			c, hour, err := tx.CountedBefore(tx.Now.Truncate(time.Hour))
			if errors.Is(err, store.ErrNotFound) {
				return true, nil
			}
			if err != nil {
				return false, err
			}
			return false, sumUp(tx, c, hour)
		})
		if err != nil || over {
			return err
		}
	}
}

// sumUp writes one event for each action and person. It refuses counts that the
// portal did not write, and those that it has already summed up: somebody else
// inserted them.
func sumUp(tx *store.Tx, c portico.CustomerID, hour time.Time) error {
	counted, err := tx.CountedEvents(c, hour)
	if err != nil {
		return err
	}
	var refused []store.EventCount
	counted = slices.DeleteFunc(counted, func(n store.EventCount) bool {
		mine := tx.ProvedCount(n) && n.Action.Repeats() != portico.Rarely && n.Hour.After(tx.Now.AddDate(0, -portico.MinAuditMonths, 0))
		if !mine {
			refused = append(refused, n)
		}
		return !mine
	})
	for of := range byPerson(counted) {
		id := sumID(tx, of[0])
		taken, err := tx.EventIDTaken(id)
		if err != nil {
			return err
		}
		if taken {
			refused = append(refused, of...)
			continue
		}
		told := sumOf(of)
		err = tx.AppendSum(portico.Event{
			ID: id, At: tx.Now, CustomerID: c, Action: of[0].Action, Actor: portico.System(portico.Origin{}),
			TargetID: of[0].TargetID, TargetName: of[0].TargetName, Details: told.String(), Told: told,
		})
		if err != nil {
			return err
		}
	}
	if len(refused) > 0 {
		if err := refuseCounts(tx, c, refused); err != nil {
			return err
		}
	}
	return tx.ForgetCounted(c, hour)
}

// byPerson adds up the counts of all shares and yields those of each action and
// person, the largest first.
func byPerson(counted []store.EventCount) iter.Seq[[]store.EventCount] {
	slices.SortFunc(counted, func(a, b store.EventCount) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.TargetID, b.TargetID), cmp.Compare(a.Details, b.Details), cmp.Compare(a.Network, b.Network))
	})
	var sums []store.EventCount
	for _, n := range counted {
		if i := len(sums) - 1; i >= 0 && sums[i].Action == n.Action && sums[i].TargetID == n.TargetID && sums[i].Details == n.Details && sums[i].Network == n.Network {
			sums[i].Events += n.Events
			continue
		}
		sums = append(sums, n)
	}
	slices.SortStableFunc(sums, func(a, b store.EventCount) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.TargetID, b.TargetID), cmp.Compare(b.Events, a.Events))
	})
	return func(yield func([]store.EventCount) bool) {
		for len(sums) > 0 {
			n := 1
			for n < len(sums) && sums[n].Action == sums[0].Action && sums[n].TargetID == sums[0].TargetID {
				n++
			}
			if !yield(sums[:n]) {
				return
			}
			sums = sums[n:]
		}
	}
}

// sumID returns the id of the one event that sums up an hour of an action and
// person. Without the keyset it cannot be predicted.
func sumID(tx *store.Tx, n store.EventCount) string {
	n = store.EventCount{CustomerID: n.CustomerID, Hour: n.Hour, Action: n.Action, TargetID: n.TargetID}
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(n.Hour.Add(time.Hour).UnixMilli())<<16)
	copy(id[6:], tx.RowMAC("sums of events", n.Fields()))
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80 // version 7, RFC 9562
	return id.String()
}

// sumOf says how many events there were, and of what kind and from which
// networks the most.
func sumOf(counted []store.EventCount) portico.Message {
	var all, others int64
	var parts []portico.Message
	for i, n := range counted {
		all += n.Events
		if i >= networksNamed || n.Network == "" && n.Details == "" {
			others += n.Events
			continue
		}
		parts = append(parts, partOf(n))
	}
	if others > 0 {
		parts = append(parts, portico.Say("#events {0} others", others))
	}
	hour := counted[0].Hour
	return portico.Say("{0} more between {1} {2} and {3} UTC: {4}", all, portico.Date(hour), hour.Format("15:04"), hour.Add(time.Hour).Format("15:04"),
		portico.Join("{0}, {1}", parts...))
}

func partOf(n store.EventCount) portico.Message {
	switch {
	case n.Network == "":
		return portico.Say("#events {0} {1}", n.Events, n.Told)
	case n.Details == "":
		return portico.Say("#events {0} from {1}", n.Events, n.Network)
	}
	return portico.Say("#events {0} {1} from {2}", n.Events, n.Told, n.Network)
}
