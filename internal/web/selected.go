package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portico"
	"portico/internal/users"
	"portico/internal/web/ui"
)

// idPrefix begins the names of the checkboxes of people. Each checkbox needs
// its own name, because a form contains each field only once.
const idPrefix = "id."

// selectedIDs returns the IDs of the selected people, sorted.
func selectedIDs(f form) []portico.UserID {
	var ids []portico.UserID
	for name := range f.values {
		if id, is := strings.CutPrefix(name, idPrefix); is && f.ticked(name) {
			ids = append(ids, portico.UserID(id))
		}
	}
	slices.Sort(ids)
	return ids
}

// selectedPage asks for a confirmation before something is done to several
// people. It changes nothing.
func (s *Server) selectedPage(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	page, err := s.selectedPageFor(r, f)
	if portico.Invalid.Is(err) {
		return s.rejectSelection(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return s.show(w, page)
}

// rejectSelection re-renders the list, so that the person can select again.
func (s *Server) rejectSelection(w http.ResponseWriter, r *http.Request, f form, err error) error {
	list, listErr := s.accessPageFor(r, backTo(f))
	if listErr != nil {
		return listErr
	}
	return s.rerenderForm(w, r, err, func(p *ui.Problem) ui.Page {
		list.Problem = p
		return list
	})
}

// backTo returns the query of the list in which the selection was made.
func backTo(f form) url.Values {
	v, err := url.ParseQuery(f.text("back"))
	if err != nil {
		return nil // the default list
	}
	return v
}

func (s *Server) selectedPageFor(r *http.Request, f form) (ui.SelectedPage, error) {
	sc := scopeOf(r)
	action := users.BulkAction(f.text("action"))
	sel, err := s.Users.PreviewBulk(r.Context(), sc.actor, sc.customer.ID, action, selectedIDs(f))
	if err != nil {
		return ui.SelectedPage{}, err
	}
	l, err := peopleListOf(backTo(f))
	if err != nil {
		return ui.SelectedPage{}, err
	}
	page := ui.SelectedPage{
		Layout: s.layout(r, s.selectedTitle(action), sc.access()), Kind: string(action), Eligible: sel.Eligible,
		Action: sc.access() + "/selected/apply", Cancel: l.under(sc.access()), Back: l.query(), Label: f.text("label"),
		Role: portico.Role(f.text("role")), Roles: sc.actor.Role.Grantable(sc.customer.ID),
	}
	for _, u := range sel.Ineligible {
		page.Ineligible = append(page.Ineligible, ui.IneligiblePerson{User: u.User, Why: page.In().Say(u.Reason)})
	}
	for _, u := range sel.Eligible {
		for _, label := range u.Labels {
			if !slices.Contains(page.Labels, label) {
				page.Labels = append(page.Labels, label)
			}
		}
	}
	slices.Sort(page.Labels)
	return page, nil
}

var selectedTitles = map[users.BulkAction]portico.Text{
	users.BulkAddLabel: "Add label", users.BulkRemoveLabel: "Remove label", users.BulkSuspend: "Suspend", users.BulkInvite: "Send invitations",
	users.BulkChangeRole: "Change role", users.BulkReactivate: "Reactivate", users.BulkRemind: "Remind to set up 2FA",
}

func (s *Server) selectedTitle(action users.BulkAction) portico.Text {
	if s.NoMail && action == users.BulkInvite {
		return "Show new activation links"
	}
	return selectedTitles[action]
}

// selectedDone maps an action to the notices that the list shows afterwards: about
// one user, and about several.
var selectedDone = map[users.BulkAction]struct{ one, several string }{
	users.BulkAddLabel: {"labels-changed", "labels-changed"}, users.BulkRemoveLabel: {"labels-changed", "labels-changed"},
	users.BulkSuspend: {"suspended", "several-suspended"}, users.BulkReactivate: {"reactivated", "several-reactivated"},
	users.BulkInvite: {"invitation-sent", "several-invited"}, users.BulkRemind: {"reminded", "several-reminded"},
	users.BulkChangeRole: {"role-changed", "roles-changed"},
}

func (s *Server) selectedApply(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	sc := scopeOf(r)
	page, err := s.selectedPageFor(r, f)
	if portico.Invalid.Is(err) {
		return s.rejectSelection(w, r, f, err)
	}
	if err != nil {
		return err
	}
	action := users.BulkAction(page.Kind)
	if s.NoMail && action == users.BulkInvite {
		shown, err := s.Users.ActivationLinks(r.Context(), sc.actor, sc.customer.ID, selectedIDs(f))
		if err != nil {
			return s.rerenderTyped(w, r, f, err, (*Server).typedSelection)
		}
		links := ui.ActivationLinkPage{Layout: s.layout(r, "Activation links", sc.access()), Back: page.Cancel}
		for _, one := range shown {
			links.Links = append(links.Links, ui.ActivationLink{User: one.User, Link: one.Link, Until: one.Ends})
		}
		return s.show(w, links)
	}
	did, err := s.Users.ApplyBulk(r.Context(), sc.actor, sc.customer.ID, action, selectedIDs(f), users.BulkInput{Label: page.Label, Role: page.Role})
	if err != nil {
		return s.rerenderTyped(w, r, f, err, (*Server).typedSelection)
	}
	notice := selectedDone[action].several
	if len(did.Changed) == 1 {
		notice = selectedDone[action].one
	}
	if did.Mailed {
		notice += "-mailed"
	}
	return s.redirectAbout(w, r, page.Cancel, notice, page.In().Say(namesOf(did.Changed)))
}

// namesShown is how many people a notice names one by one.
const namesShown = 3

// namesOf returns people's names, as a notice says them.
func namesOf(people []portico.User) portico.Message {
	var names []string
	for _, u := range people[:min(namesShown, len(people))] {
		names = append(names, u.Name())
	}
	shown := strings.Join(names, ", ")
	if more := len(people) - namesShown; more > 0 {
		return portico.SayCount(more, "{0} and 1 more|{0} and {n} more", shown)
	}
	return portico.Verbatim(shown)
}

func (s *Server) typedSelection(r *http.Request, f form, p *ui.Problem) (ui.Page, error) {
	page, err := s.selectedPageFor(r, f)
	page.Problem = p
	return page, err
}
