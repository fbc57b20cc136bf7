package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"portico"
	"portico/internal/audit"
	"portico/internal/porticotest"
	"portico/internal/store"
	"portico/internal/web"
)

// heldForm is a POST whose headers were sent and whose body was not. The portal
// has asked for the body and waits for it.
type heldForm struct {
	pattern string
	conn    net.Conn
	answers *bufio.Reader
	body    string
}

// hold begins a POST and returns once the portal has begun to read its body.
func hold(t *testing.T, c *fixture, b *porticotest.Client, pattern, path, kind, body string) *heldForm {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.URL, "http://"))
	must(t, err)
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: portico_session=%s\r\nContent-Type: %s\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
		path, strings.TrimPrefix(c.URL, "http://"), c.URL, b.Cookie("portico_session"), kind, len(body))
	must(t, err)
	h := &heldForm{pattern, conn, bufio.NewReader(conn), body}
	line, err := h.answers.ReadString('\n')
	must(t, err)
	if !strings.Contains(line, " 100 ") {
		t.Fatalf("%s: answered %q before its body came, want 100 Continue", pattern, line)
	}
	_, err = h.answers.ReadString('\n') // the empty line after that response
	must(t, err)
	return h
}

// send sends the body. It returns the status and the Location of the response.
func (h *heldForm) send(t *testing.T) (status int, to string) {
	t.Helper()
	_, err := fmt.Fprint(h.conn, h.body)
	must(t, err)
	res, err := http.ReadResponse(h.answers, nil)
	must(t, err)
	must(t, res.Body.Close())
	must(t, h.conn.Close())
	return res.StatusCode, res.Header.Get("Location")
}

// changed returns the tables whose contents differ.
func changed(before, after map[string]string) []string {
	var out []string
	for table := range after {
		if before[table] != after[table] {
			out = append(out, table)
		}
	}
	return out
}

// revocations take away the right to act from an administrator of acme or from
// an operator.
var revocations = map[string]func(t *testing.T, c *fixture, who portico.User){
	"suspended": func(t *testing.T, c *fixture, who portico.User) {
		must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), who.CustomerID, who.ID))
	},
	"demoted": func(t *testing.T, c *fixture, who portico.User) {
		to := who
		to.Role = portico.Roles(who.CustomerID)[0]
		if who.CustomerID == portico.ProviderID {
			must(t, c.Users.EndSessions(t.Context(), portico.CommandLine(), who.CustomerID, who.ID)) // operators have no lower role
			return
		}
		must(t, c.Users.Edit(t.Context(), portico.CommandLine(), who.CustomerID, who.ID, to))
	},
	"reported as not me": func(t *testing.T, c *fixture, who portico.User) {
		b := c.Client()
		for _, m := range c.Mails(who.Email) {
			if link := m.Link("/not-me/"); link != "" {
				b.Fill(b.Get(link), "This wasn't me")
				return
			}
		}
		t.Fatal("no mail with a link")
	},
	"logged out": func(t *testing.T, c *fixture, who portico.User) {
		must(t, c.Users.EndSessions(t.Context(), portico.CommandLine(), who.CustomerID, who.ID))
	},
	"required to set up 2FA": func(t *testing.T, c *fixture, who portico.User) {
		p := portico.Policy{}
		p.Require.Administrator, p.Require.Operator = c.Clock.Now().Add(-time.Hour), c.Clock.Now().Add(-time.Hour)
		if who.CustomerID != portico.ProviderID {
			p.Require.Operator = time.Time{}
		}
		must(t, c.Customers.SavePolicy(t.Context(), portico.CommandLine(), who.CustomerID, nil, &p))
	},
	"no longer confirmed": func(t *testing.T, c *fixture, who portico.User) { c.Clock.Advance(portico.ConfirmationTTL) },
	"without provider access": func(t *testing.T, c *fixture, who portico.User) {
		must(t, c.Customers.RevokeProviderAccess(t.Context(), c.Actor(c.admin), c.acme.ID))
	},
}

// TestC27_HeldBodyAfterRevocation sends a form without its body to every route
// that takes one, revokes the sender's rights, and then sends the body. Nothing
// must be done.
func TestC27_HeldBodyAfterRevocation(t *testing.T) {
	for _, name := range porticotest.Some(revocations, 3) {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.User(c.acme.ID, "anna", portico.RoleAdministrator) // so that alice is not the last administrator
			c.User(portico.ProviderID, "otto", portico.RoleOperator)
			operator := c.User(portico.ProviderID, "olga", portico.RoleOperator)
			for _, who := range []portico.User{c.admin, operator} {
				if who.CustomerID != portico.ProviderID && name == "without provider access" {
					continue
				}
				c.holdAll(t, name, who)
			}
		})
	}
}

// holdAll does that for one sender.
func (c *fixture) holdAll(t *testing.T, name string, who portico.User) {
	t.Helper()
	b := c.as(who)
	if name == "reported as not me" { // make the portal mail such a link
		b.Post("/account/profile", "first_name", who.FirstName, "last_name", who.LastName, "email", "new-"+who.Email)
	}
	var held []*heldForm
	for _, r := range web.RouteTable() {
		method, path := fill(r.Pattern, c.user.ID)
		operates := who.CustomerID == portico.ProviderID
		if method != "POST" || r.Tag == "public" || r.Tag == "pending" || r.File || r.Need != "" && operates != strings.Contains(path, "/customers") {
			continue
		}
		if name == "no longer confirmed" && !r.Fresh || name == "required to set up 2FA" && r.Tag == "enrol" || name == "without provider access" && !r.Enters {
			continue
		}
		held = append(held, hold(t, c, b, r.Pattern, path, "application/x-www-form-urlencoded",
			"reason=lost+phone&first_name=Eve&last_name=Il&email=eve@example.com&role=administrator&doors=close&hand_over=yes&action=suspend&user="+string(c.user.ID)))
	}
	if len(held) == 0 {
		t.Fatal("no form was held")
	}
	revocations[name](t, c, who)
	b.Get("/account") // so that seen_at is written now; it is written once a minute
	before := c.Contents()
	for _, h := range held {
		status, to := h.send(t)
		if status != 403 && (status != 303 || !strings.HasPrefix(to, "/login") && !strings.HasPrefix(to, "/confirm") && to != "/account/two-factor/required") {
			t.Errorf("%s by %s: %d %q, want a refusal", h.pattern, who.LoginID, status, to)
		}
	}
	if tables := changed(before, c.Contents()); len(tables) > 0 {
		t.Errorf("by %s: changed %v", who.LoginID, tables)
	}
}

// TestC27_UploadAfterRevocation checks that an uploaded file is not stored if
// the sender loses the right to upload while it is sent.
func TestC27_UploadAfterRevocation(t *testing.T) {
	const end = "--x\r\nContent-Disposition: form-data; name=\"invite\"\r\n\r\nyes\r\n--x--\r\n"
	file := func(field, content string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"f\"\r\n\r\n" + content + "\r\n" + end
	}
	people := "login_id,first_name,last_name,email,role\nnew.person,New,Person,new@example.com,user\n"
	for _, name := range []string{"suspended", "demoted", "logged out", "required to set up 2FA", "without provider access"} {
		t.Run(name, func(t *testing.T) {
			c := newFixture(t)
			c.User(c.acme.ID, "anna", portico.RoleAdministrator)
			c.User(portico.ProviderID, "otto", portico.RoleOperator)
			operator := c.User(portico.ProviderID, "olga", portico.RoleOperator)
			var held []*heldForm
			olga := c.as(operator)
			held = append(held,
				hold(t, c, olga, "an import by olga", acme+"/access/import", "multipart/form-data; boundary=x", file("file", people)),
				hold(t, c, olga, "a logo by olga", acme+"/logo", "multipart/form-data; boundary=x", file("logo", picture(t, 64, 64))))
			if name != "without provider access" {
				held = append(held, hold(t, c, c.as(c.admin), "an import by alice", access+"/import", "multipart/form-data; boundary=x", file("file", people)))
				revocations[name](t, c, c.admin)
			}
			revocations[name](t, c, operator)
			before := c.Contents()
			for _, h := range held {
				if status, to := h.send(t); status != 303 && status != 403 || strings.Contains(to, "import") {
					t.Errorf(`%s: %d %q, want not (status != 303 && status != 403), no "import" in to`, h.pattern, status, to)
				}
			}
			if tables := changed(before, c.Contents()); len(tables) > 0 {
				t.Errorf("changed %v", tables)
			}
		})
	}
}

// revoking suspends the reader as soon as the first piece of a response is
// written.
type revoking struct {
	*httptest.ResponseRecorder
	revoke func()
}

func (w *revoking) Write(b []byte) (int, error) {
	w.revoke()
	return w.ResponseRecorder.Write(b)
}

// TestC27_DownloadEndsWithItsReader checks that a download is broken off when
// the reader is suspended, after the piece that is being sent.
func TestC27_DownloadEndsWithItsReader(t *testing.T) {
	if testing.Short() {
		return // long
	}
	c := newFixture(t)
	c.User(c.acme.ID, "anna", portico.RoleAdministrator)
	const many = 1200
	must(t, c.DB.Update(t.Context(), portico.CommandLine(), func(tx *store.Tx) error {
		people := make([]store.NewUser, many)
		for i := range people {
			id := portico.UserID(fmt.Sprintf("00000000-0000-7000-8000-%012d", i))
			people[i] = store.NewUser{User: portico.User{
				ID: id, CustomerID: c.acme.ID, LoginID: fmt.Sprintf("person%d", i), FirstName: "P", Email: "p@example.com",
				Role: portico.RoleUser, Status: portico.Active, CreatedAt: tx.Now,
			}, LoginKey: fmt.Sprintf("person%d", i), PasswordHash: "none", Epoch: 1}
			e := portico.Event{Action: portico.UserCreated, Actor: portico.CommandLine()}
			if err := audit.Record(tx, e.Target(people[i].User)); err != nil {
				return err
			}
		}
		return tx.CreateUsers(people)
	}))
	must(t, c.Audit.Sequence(t.Context()))
	for _, path := range []string{access + ".csv", "/administration/audit.csv", "/administration/audit.jsonl", "/administration/audit/proofs.jsonl"} {
		who := c.User(c.acme.ID, "reader"+path[len(path)-5:len(path)-4]+fmt.Sprint(len(path)), portico.RoleAdministrator)
		b := c.as(who)
		r := httptest.NewRequest("GET", path, nil)
		r.AddCookie(&http.Cookie{Name: "portico_session", Value: b.Cookie("portico_session")})
		var once sync.Once
		w := &revoking{httptest.NewRecorder(), func() {
			once.Do(func() { must(t, c.Users.Suspend(t.Context(), portico.CommandLine(), c.acme.ID, who.ID)) })
		}}
		func() {
			defer func() {
				if p, is := recover().(error); !is || !errors.Is(p, http.ErrAbortHandler) {
					t.Errorf("%s: ended with %v, want it broken off", path, p)
				}
			}()
			c.Web.ServeHTTP(w, r)
		}()
		if n := strings.Count(w.Body.String(), "\n"); n == 0 || n >= many {
			t.Errorf("%s: %d of %d lines", path, n, many)
		}
	}
}
