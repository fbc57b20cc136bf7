package users

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"portico"
	"portico/internal/store"
)

// BulkAction is an action on several users at once.
type BulkAction string

const (
	BulkAddLabel    BulkAction = "add-label"
	BulkRemoveLabel BulkAction = "remove-label"
	BulkChangeRole  BulkAction = "change-role"
	BulkSuspend     BulkAction = "suspend"
	BulkReactivate  BulkAction = "reactivate"
	BulkInvite      BulkAction = "invite" // send the invitation again
	BulkRemind      BulkAction = "remind" // to set up 2FA
)

// bulkActions holds every action.
var bulkActions = []BulkAction{BulkAddLabel, BulkRemoveLabel, BulkChangeRole, BulkSuspend, BulkReactivate, BulkInvite, BulkRemind}

// BulkInput is what some of the actions ask for.
type BulkInput struct {
	Label string       // to add or remove
	Role  portico.Role // to give
}

// BulkPreview divides several users by whether an action is possible for them.
type BulkPreview struct {
	Eligible   []portico.User
	Ineligible []Ineligible
}

// Ineligible is a user for whom the action is not possible.
type Ineligible struct {
	User   portico.User
	Reason portico.Message
}

// PreviewBulk returns for which of the given users an action is possible,
// without doing it. There can be at most PageSize of them. It returns a
// NotFound error if one of them does not belong to the customer.
func (s *Service) PreviewBulk(ctx context.Context, actor portico.Actor, c portico.CustomerID, action BulkAction, ids []portico.UserID) (BulkPreview, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return BulkPreview{}, portico.ErrForbidden
	}
	if action == BulkRemind && s.outbox.NoServer {
		return BulkPreview{}, errNoReminders
	}
	return store.View(ctx, s.db, func(r *store.Reader) (BulkPreview, error) { return previewBulk(r, actor, c, action, ids) })
}

// BulkResult is what an action on several users did.
type BulkResult struct {
	Changed []portico.User // without those who were as the action would have made them
	Mailed  bool           // some of them were mailed a link to choose a new password
}

// ApplyBulk runs an action on several users in one transaction. Each user is
// changed as the action for one user does it, with the same checks. If it is not
// possible for all of them, it returns a Conflict error that names one.
func (s *Service) ApplyBulk(ctx context.Context, actor portico.Actor, c portico.CustomerID, action BulkAction, ids []portico.UserID, in BulkInput) (done BulkResult, err error) {
	if !actor.Can(portico.ManagePeople, c) {
		return done, portico.ErrForbidden
	}
	if action == BulkRemind && s.outbox.NoServer {
		return done, errNoReminders
	}
	if action == BulkAddLabel || action == BulkRemoveLabel {
		if in.Label, err = checkLabel(in.Label); err != nil {
			return done, err
		}
	}
	done, err = store.Update(ctx, s.db, actor, func(tx *store.Tx) (BulkResult, error) {
		eligible, err := allEligible(&tx.Reader, actor, c, action, ids)
		if err != nil {
			return BulkResult{}, err
		}
		return s.applyBulk(tx, actor, action, eligible, in)
	})
	if err != nil {
		return done, fmt.Errorf("changing several people: %w", err)
	}
	return done, nil
}

func (s *Service) applyBulk(tx *store.Tx, actor portico.Actor, action BulkAction, eligible []portico.User, in BulkInput) (done BulkResult, err error) {
	done.Changed = eligible
	switch action {
	case BulkSuspend:
		err = eachAccount(tx, eligible, func(a store.Account) error { return suspend(tx, actor, a) })
	case BulkReactivate:
		err = eachAccount(tx, eligible, func(a store.Account) error {
			link, err := s.reactivate(tx, actor, a)
			done.Mailed = done.Mailed || link
			return err
		})
	case BulkInvite:
		err = eachAccount(tx, eligible, func(a store.Account) error { return s.sendLinkIn(tx, invitationMail, actor, a) })
	case BulkRemind:
		err = eachAccount(tx, eligible, func(a store.Account) error { return s.remindNow(tx, actor, a) })
	case BulkChangeRole:
		done.Changed, err = changeRoles(tx, actor, eligible, in.Role)
	default:
		done.Changed, err = changeLabels(tx, actor, eligible, action, in.Label)
	}
	return done, err
}

// ActivationLinks is ActivationLink for several users, in one transaction. It
// returns a Conflict error that names one for whom it is not possible.
func (s *Service) ActivationLinks(ctx context.Context, actor portico.Actor, c portico.CustomerID, ids []portico.UserID) ([]ActivationLink, error) {
	if !actor.Can(portico.ManagePeople, c) {
		return nil, portico.ErrForbidden
	}
	if !s.outbox.NoServer {
		return nil, errLinkIsMailed
	}
	shown, err := store.Update(ctx, s.db, actor, func(tx *store.Tx) (shown []ActivationLink, err error) {
		eligible, err := allEligible(&tx.Reader, actor, c, BulkInvite, ids)
		if err != nil {
			return nil, err
		}
		err = eachAccount(tx, eligible, func(a store.Account) error {
			one, err := s.showLink(tx, actor, a)
			shown = append(shown, one)
			return err
		})
		return shown, err
	})
	if err != nil {
		return nil, fmt.Errorf("showing activation links: %w", err)
	}
	return shown, nil
}

// allEligible returns the users, sorted, or a Conflict error if the action is not
// possible for one of them.
func allEligible(r *store.Reader, actor portico.Actor, c portico.CustomerID, action BulkAction, ids []portico.UserID) ([]portico.User, error) {
	preview, err := previewBulk(r, actor, c, action, ids)
	if err == nil && len(preview.Ineligible) > 0 {
		err = errIneligible(preview.Ineligible)
	}
	return preview.Eligible, err
}

// previewBulk reads the users, sorts them by name, and divides them by whether the
// action is possible.
func previewBulk(r *store.Reader, actor portico.Actor, c portico.CustomerID, action BulkAction, ids []portico.UserID) (BulkPreview, error) {
	switch {
	case !slices.Contains(bulkActions, action):
		return BulkPreview{}, portico.E(portico.Invalid, "Choose what to do with the selected users.")
	case len(ids) == 0:
		return BulkPreview{}, portico.E(portico.Invalid, "Select at least one user, then choose what to do.")
	case len(ids) > PageSize:
		return BulkPreview{}, portico.E(portico.Invalid, "Select at most {0} users at once.", PageSize)
	}
	users := make([]portico.User, 0, len(ids))
	for _, id := range ids {
		u, err := r.User(c, id)
		if err != nil {
			return BulkPreview{}, store.NotFound(err, ErrNobody)
		}
		users = append(users, u)
	}
	slices.SortFunc(users, func(a, b portico.User) int {
		return cmp.Or(store.CompareNames(a.Name(), b.Name()), cmp.Compare(a.ID, b.ID))
	})
	top := portico.TopRole(c)
	tops, err := r.ActiveInRole(c, top, "")
	if err != nil {
		return BulkPreview{}, err
	}
	var preview BulkPreview
	for _, u := range users {
		if err := ineligible(r, actor, action, u, tops); err != nil {
			refused := portico.ErrorOf(err)
			if refused == nil {
				return BulkPreview{}, err
			}
			preview.Ineligible = append(preview.Ineligible, Ineligible{u, refused.Message})
			continue
		}
		preview.Eligible = append(preview.Eligible, u)
		if (action == BulkSuspend || action == BulkChangeRole) && u.Role == top && u.Status == portico.Active {
			tops--
		}
	}
	return preview, nil
}

// ineligible returns the error that an action would have for a user, or nil. tops
// is how many active users have the top role, this user included.
func ineligible(r *store.Reader, actor portico.Actor, action BulkAction, u portico.User, tops int) error {
	if err := CheckPermission(actor, portico.ManagePeople, u); err != nil {
		return err
	}
	switch action {
	case BulkInvite:
		if u.Status != portico.Invited {
			return portico.E(portico.Conflict, invitationMail.wrongStatus)
		}
	case BulkSuspend:
		if u.Status != portico.Active {
			return errNotActive
		}
		return lastOfTopRole(u, tops-1)
	case BulkChangeRole:
		return lastOfTopRole(u, tops-1)
	case BulkReactivate:
		return mayReactivate(r, actor, u)
	case BulkRemind:
		a, err := r.Account(u.ID)
		if err != nil {
			return err
		}
		return mayRemind(r, a)
	}
	return nil
}

// errIneligible returns the Conflict error for users for whom the action is no
// longer possible since the selection was shown.
func errIneligible(ineligible []Ineligible) error {
	names := portico.List{ineligible[0].User.Name()}
	if n := len(ineligible) - 1; n > 0 {
		names = append(names, portico.SayCount(n, "#users 1 more|{n} more"))
	}
	return portico.E(portico.Conflict, "Nothing was changed, because of {0}: {1}", names, ineligible[0].Reason)
}

func eachAccount(tx *store.Tx, users []portico.User, f func(store.Account) error) error {
	for _, u := range users {
		a, err := tx.Account(u.ID)
		if err != nil {
			return err
		}
		if err := f(a); err != nil {
			return err
		}
	}
	return nil
}

// checkLabel returns the one label that was typed.
func checkLabel(typed string) (string, error) {
	labels := portico.ParseLabels(typed)
	if len(labels) != 1 || strings.ContainsAny(typed, ",;") {
		return "", portico.FieldError("label", "Enter one label, without commas.")
	}
	if e := portico.ErrorOf((portico.User{Labels: labels}).Validate()); e != nil && e.Fields["labels"].Text != "" {
		return "", portico.FieldProblem("label", e.Fields["labels"])
	}
	return labels[0], nil
}

// changeLabels adds a label to those who do not have it, or removes it from
// those who do, and returns them. It compares labels without regard to case.
func changeLabels(tx *store.Tx, actor portico.Actor, users []portico.User, action BulkAction, label string) (changed []portico.User, err error) {
	same := func(l string) bool { return strings.EqualFold(l, label) }
	for _, u := range users {
		if slices.ContainsFunc(u.Labels, same) == (action == BulkAddLabel) {
			continue
		}
		if action == BulkAddLabel {
			u.Labels = append(slices.Clone(u.Labels), label)
		} else {
			u.Labels = slices.DeleteFunc(slices.Clone(u.Labels), same)
		}
		if len(u.Labels) > portico.MaxLabels {
			return nil, portico.FieldError("label", "Nothing was changed, because {0} already has the maximum number of labels.", u.Name())
		}
		if err := tx.SaveProfile(u.CustomerID, u); err != nil {
			return nil, err
		}
		if err := Record(tx, actor, portico.UserEdited, u, "#changed labels"); err != nil {
			return nil, err
		}
		changed = append(changed, u)
	}
	switch {
	case len(changed) > 0:
		return changed, nil
	case action == BulkAddLabel:
		return nil, portico.FieldError("label", "All of them already have this label.")
	}
	return nil, portico.FieldError("label", "None of them has this label.")
}
