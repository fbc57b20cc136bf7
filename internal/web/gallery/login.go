package gallery

import (
	"portico"
	"portico/internal/locale"
	"portico/internal/web/ui"
)

const (
	least          = 15
	refusedPasskey = "This passkey was not accepted. Try again, or prove in another way that it is you."
	refusedLogin   = "This passkey was not accepted. Try again, or log in with your login ID and password. If neither works, your account may be suspended: ask your administrator."

	wrongCode = "This code is wrong. Enter the 6 digits that your app shows now."
)

// overHTTP is the layout of a page that is opened over http.
func overHTTP(l ui.Layout) ui.Layout {
	l.OpenAt, l.OpenPage = "https://portal.example.com", "https://portal.example.com"
	return l
}

// in is the layout of a page in a language, with its title.
func in(l locale.Language, title portico.Text, page ui.Layout) ui.Layout {
	page.Title, page.Language = l.Text(title), l
	return page
}

func login() []State {
	outcome := "The login ID or password is wrong. Check both and try again. If both are right, your account may be suspended: ask your administrator."
	return []State{
		{"Empty", ui.LoginPage{Layout: visitor("Log in")}},
		{"With passkeys", ui.LoginPage{Layout: visitor("Log in"), Passkeys: true}},
		{"Passkey refused", ui.LoginPage{Layout: visitor("Log in"), Passkeys: true, Unknown: "{}", Problem: &ui.Problem{Text: refusedLogin}}},
		{"Portal without users", ui.LoginPage{Layout: visitor("Log in"), Empty: true}},
		{"In the provider's brand", ui.LoginPage{Layout: ui.Layout{Title: "Log in", Brand: "Northern Hosting", Mark: "NH", Accent: ui.AccentPath("ffd400"), Return: "/login"}}},
		{"After the first set-up", ui.LoginPage{Layout: with(visitor("Log in"), "portal-ready"), LoginID: "olga"}},
		{"After logging out", ui.LoginPage{Layout: with(visitor("Log in"), "logged-out")}},
		{"Opened over http", ui.LoginPage{Layout: overHTTP(visitor("Log in"))}},
		{"Session over", ui.LoginPage{Layout: with(visitor("Log in"), "session-over-typed"), Next: "/administration/access/new"}},
		{"Too many wrong codes", ui.LoginPage{Layout: with(visitor("Log in"), "login-over")}},
		{"Refused", ui.LoginPage{Layout: visitor("Log in"), Problem: &ui.Problem{Text: outcome}, LoginID: "ben.kowalski"}},
		{"Empty", ui.CodePage{Layout: visitor("Enter your code"), LoginID: "ben.kowalski", Issuer: issuer}},
		{"Passkey alone", ui.CodePage{Layout: visitor("Use your passkey"), LoginID: "ben.kowalski", Issuer: issuer, NoApp: true, Passkey: "{}", Remember: true}},
		{"Passkey that does not work here", ui.CodePage{Layout: visitor("Use your passkey"), LoginID: "ben.kowalski", Issuer: issuer, NoApp: true}},
		{"Passkeys of another host", ui.CodePage{Layout: visitor("Use your passkey"), LoginID: "ben.kowalski", Issuer: issuer, NoApp: true, Elsewhere: "portal.old.example", TakesPasskeys: true}},
		{"Passkeys where none works", ui.CodePage{Layout: visitor("Use your passkey"), LoginID: "ben.kowalski", Issuer: issuer, NoApp: true, Elsewhere: "portal.old.example"}},
		{"Code, and passkeys of another host", ui.CodePage{Layout: visitor("Enter your code"), LoginID: "ben.kowalski", Issuer: issuer, Elsewhere: "portal.old.example", TakesPasskeys: true}},
		{"Code or passkey", ui.CodePage{Layout: visitor("Enter your code"), LoginID: "ben.kowalski", Issuer: issuer, Passkey: "{}", Remember: true}},
		{"Refused passkey", ui.CodePage{
			Layout: visitor("Use your passkey"), LoginID: "ben.kowalski", Issuer: issuer, NoApp: true, Passkey: "{}",
			Problem: &ui.Problem{Text: refusedPasskey},
		}},
		{"Wrong code", ui.CodePage{
			Layout: visitor("Enter your code"), LoginID: "ben.kowalski", Issuer: issuer, Remember: true,
			Problem: wrong("code", wrongCode),
		}},
		{"Reset code", ui.RecoveryPage{Layout: visitor("Enter your reset code"), LoginID: "ben.kowalski", ResetCode: true}},
		{"Empty", ui.RecoveryPage{Layout: visitor("Use a recovery code"), LoginID: "ben.kowalski"}},
		{"Wrong code", ui.RecoveryPage{
			Layout: visitor("Use a recovery code"), LoginID: "ben.kowalski",
			Problem: wrong("recovery_code", "This recovery code is wrong, or was already used. Enter another one."),
		}},
		{"Empty", ui.ForgotPage{Layout: visitor("Forgotten login ID or password")}},
		{"Nothing entered", ui.ForgotPage{Layout: visitor("Forgotten login ID or password"), Problem: wrong("login_id", "Enter your login ID or your email address.")}},
		{"Sent", ui.ForgotPage{Layout: visitor("Forgotten login ID or password"), LoginID: "ben.kowalski", Sent: true}},
		{"Invited", ui.ActivatePage{Layout: visitor("Activate your account"), Action: "/activate/t", Name: "Fay Guest", Customer: issuer, LoginID: "fay.guest@acme.example", Least: least}},
		{"Rejected", ui.ActivatePage{
			Layout: visitor("Activate your account"), Action: "/activate/t", Name: "Fay Guest", Customer: issuer, LoginID: "fay", Least: least,
			Problem: refused(portico.Together(
				portico.FieldError("login_id", "This login ID is taken. Choose another one."),
				portico.FieldError("password", "Choose another password: this one, or a part of it, is among the most common ones."),
			)),
		}},
		{"Login ID is taken", ui.ActivatePage{
			Layout: visitor("Activate your account"), Action: "/activate/t", Name: "Fay Guest", Customer: issuer, LoginID: "fay", Least: least,
			Problem: wrong("login_id", "This login ID is taken. Choose another one."),
		}},
		{"Password is too short", ui.ActivatePage{
			Layout: visitor("Activate your account"), Action: "/activate/t", Name: "Fay Guest", Customer: issuer, LoginID: "fay", Least: least,
			Problem: wrong("password", "Choose a longer password: at least {0} characters. Several words are easy to remember.", least),
		}},
		{"Empty", ui.NewPasswordPage{Layout: visitor("Choose a new password"), Action: "/password/t", Name: "Ben Kowalski", LoginID: "ben.kowalski", Least: least}},
		{"Too short", ui.NewPasswordPage{
			Layout: visitor("Choose a new password"), Action: "/password/t", Name: "Ben Kowalski", LoginID: "ben.kowalski", Least: least,
			Problem: wrong("password", "Choose a longer password: at least {0} characters. Several words are easy to remember.", least),
		}},
		{"This was not me", notMe("This wasn't me", portico.UnauthorizedStep{Reports: true, Ends: true, Mails: true}, false)},
		{"This was not me and cancels", notMe("This wasn't me", portico.UnauthorizedStep{Reports: true, Ends: true, Suspends: true}, false)},
		{"This was not me and sets the address back", notMe("This wasn't me", portico.UnauthorizedStep{Reports: true, Ends: true, SetsBack: true, Mails: true}, false)},
		{"Address replaced", notMe("This wasn't me", portico.UnauthorizedStep{Reports: true}, false)},
		{"Address replaced, and a reset asked for", notMe("This wasn't me", portico.UnauthorizedStep{Reports: true, Suspends: true}, false)},
		{"Frozen from an address before", notMe("Thank you for telling us", portico.UnauthorizedStep{Reports: true, Suspends: true}, true)},
		{"Cancelled", notMe("Your account is safe now", portico.UnauthorizedStep{Reports: true, Ends: true, Suspends: true}, true)},
		{"Frozen", notMe("Your account is safe now", portico.UnauthorizedStep{Reports: true, Ends: true, Mails: true}, true)},
		{"Frozen without a mail", notMe("Your account is safe now", portico.UnauthorizedStep{Reports: true, Ends: true}, true)},
		{"Frozen, with an authenticator made lately", newAuthenticator(notMe("Your account is safe now", portico.UnauthorizedStep{Reports: true, Ends: true, Mails: true}, true))},
		{"This was not me, with an authenticator made lately", newAuthenticator(notMe("This wasn't me", portico.UnauthorizedStep{Reports: true, Ends: true, Mails: true}, false))},
		{"Frozen, with a passkey made lately", newPasskey(notMe("Your account is safe now", portico.UnauthorizedStep{Reports: true, Ends: true, Mails: true}, true))},
		{"This was not me, with a passkey made lately", newPasskey(notMe("This wasn't me", portico.UnauthorizedStep{Reports: true, Ends: true, Mails: true}, false))},
		{"Frozen while suspended", whileSuspended(notMe("Your account is safe now", portico.UnauthorizedStep{Reports: true, Ends: true}, true))},
		{"Reported", notMe("Thank you for telling us", portico.UnauthorizedStep{Reports: true}, true)},
		{"Confirm a new address", ui.LinkPage{Layout: visitor("Confirm your email address"), Kind: ui.LinkEmail, Action: "/email/t", Name: "Ben Kowalski", Customer: issuer, Email: "ben@example.net"}},
		{"New address confirmed", ui.LinkPage{Layout: visitor("Your email address is confirmed"), Kind: ui.LinkEmail, Email: "ben@example.net", Done: true}},
		{"Let this browser in", ui.LinkPage{Layout: visitor("Let this browser in"), Kind: ui.LinkUnlock, Action: "/unlock/t", Name: "Ben Kowalski", LoginID: "ben.kowalski", Customer: issuer}},
		{"First administrator, opened over http", ui.FirstRunPage{Layout: overHTTP(visitor("Set up Portico")), Action: "/setup/t", Least: least}},
		{"First administrator", ui.FirstRunPage{Layout: visitor("Set up Portico"), Action: "/setup/t", Least: least}},
		{"Rejected", ui.FirstRunPage{
			Layout: visitor("Set up Portico"), Action: "/setup/t", Kind: "administrator", CustomerName: issuer, CustomerSlug: "acme",
			FirstName: "Ann", LastName: "Whitfield", Email: "ann@acme", LoginID: "ann", Least: least,
			Problem: refused(portico.Together(
				portico.FieldError("email", "Enter the whole email address: after the @ comes a domain with a dot, such as example.com."),
				portico.FieldError("password", "Choose a longer password: at least {0} characters. Several words are easy to remember.", least),
			)),
		}},
	}
}

func messages() []State {
	return []State{
		{"Not found", ui.MessagePage{Layout: administrator("Page not found", ""), Text: "There is no page at this address, or you are not allowed to see it.", LinkText: "Go to the start page", LinkURL: "/", RequestID: "XW3OGWQ5PWTLPXJP"}},
		{"Link over", ui.MessagePage{Layout: visitor("No longer valid"), Text: "This link no longer works: it was used already, has expired, or was cancelled by a change to the account. Ask your administrator for a new one.", LinkText: "Go to the log-in page", LinkURL: "/login", RequestID: "XW3OGWQ5PWTLPXJP"}},
		{"Broken", ui.MessagePage{Layout: user("Something went wrong"), Text: "Something went wrong on our side. Try again. If it happens again, tell your administrator the number below.", LinkText: "Go to the start page", LinkURL: "/", RequestID: "XW3OGWQ5PWTLPXJP"}},
	}
}

// notMe returns the page behind a "This wasn't me" link, before or after the
// button was pressed.
func notMe(title string, does portico.UnauthorizedStep, done bool) ui.LinkPage {
	p := ui.LinkPage{Layout: visitor(title), Kind: ui.LinkUnauthorized, Name: "Ben Kowalski", LoginID: "ben.kowalski", Customer: issuer, Does: does, Done: done, Notified: portico.NotifiedAdministrators}
	if !done {
		p.Action = "/not-me/t"
	}
	return p
}

// newAuthenticator is such a page of somebody whose 2FA setup was made lately.
func newAuthenticator(p ui.LinkPage) ui.LinkPage {
	p.Authenticator = true
	return p
}

// newPasskey is such a page of somebody with a passkey that was added lately.
func newPasskey(p ui.LinkPage) ui.LinkPage {
	p.Authenticator, p.Passkeys, p.Recent = true, true, passkeys()[1:]
	return p
}

// whileSuspended is such a page of the only administrator of a suspended customer.
func whileSuspended(p ui.LinkPage) ui.LinkPage {
	p.Suspended, p.Notified = p.Customer, portico.NotifiedProvider
	return p
}
