package web

import (
	"net/http"
	"strings"

	"portico"
)

// handler answers a request or returns an error, which fail in errors.go
// renders.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is one entry of the route table. Write it without field names, so that
// a route without a guard does not compile.
type route struct {
	pattern string
	guard   guard
	handle  handler
}

// sessionPattern is the route that proxies ask for their auth_request.
const sessionPattern = "GET /session"

// routes returns the route table.
func (s *Server) routes() []route {
	return append([]route{
		{"GET /healthz", public, s.healthz},
		{"GET /readyz", public, s.readyz},
		{sessionPattern, sessionCheck, s.sessionCheck},

		{"GET /login", public, s.loginPage},
		{"POST /login", public, s.login},
		{"GET /login/code", pending, s.codePage},
		{"POST /login/code", pending, s.code},
		{"POST /login/passkey", pending, s.passkey},
		{"POST /login/passkey/options", public, s.passkeyLoginOptions},
		{"POST /login/with-passkey", public, s.loginByPasskey},
		{"GET /login/recovery", pending, s.recoveryPage},
		{"POST /login/recovery", pending, s.recovery},
		{"GET /login/forgot", public, s.forgotPage},
		{"POST /login/forgot", public, s.forgot},
		{"POST /logout", enrol, s.logout},
		{"POST /language", public, s.chooseLanguage},
		{"GET /activate/{token}", public, s.activatePage},
		{"POST /activate/{token}", public, s.activate},
		{"GET /password/{token}", public, s.newPasswordPage},
		{"POST /password/{token}", public, s.newPassword},
		{"GET /not-me/{token}", public, s.unauthorizedPage},
		{"POST /not-me/{token}", public, s.reportUnauthorized},
		{"GET /email/{token}", public, s.emailPage},
		{"POST /email/{token}", public, s.email},
		{"GET /unlock/{token}", public, s.unlockPage},
		{"POST /unlock/{token}", public, s.unlock},
		{"GET /logo/{hash}", public, s.logo},
		{"GET /accent/{colour}", public, s.accent},
		{"GET /icon/{colour}/{initials}", public, s.icon},
		{"GET /setup/{token}", public, s.firstRunPage},
		{"POST /setup/{token}", public, s.firstRun},

		{"GET /{$}", full, s.startPage},
		{"GET /account", full, s.accountPage},
		{"GET /account/profile", confirmed, s.profilePage},
		{"POST /account/profile", confirmed, s.profile},
		{"POST /account/language", full, s.ownLanguage},
		{"POST /account/email/cancel", full, s.emailCancel},
		{"GET /account/password", confirmed, s.passwordPage},
		{"POST /account/password", confirmed, s.password},
		{"GET " + requiredPath, enrol, s.twoFactorRequired},
		{"GET /account/two-factor/enable", enrol, s.enrolmentPage},
		{"POST /account/two-factor/enable", enrolConfirmed, s.twoFactorEnable},
		{"POST /account/two-factor/confirm", enrol, s.twoFactorConfirm},
		{"POST /account/two-factor/disable", confirmed, s.twoFactorDisable},
		{"GET /account/two-factor/delete", confirmed, s.twoFactorDeletePage},
		{"POST /account/two-factor/delete", confirmed, s.twoFactorDelete},
		{"GET " + newPasskeyPath, enrolConfirmed, s.passkeyNewPage},
		{"POST " + newPasskeyPath, enrolConfirmed, s.passkeyNew},
		{"POST /account/authenticators", confirmed, s.authenticatorAdd},
		{"GET /account/authenticators/{authenticator}", confirmed, s.authenticatorPage},
		{"POST /account/authenticators/{authenticator}", confirmed, s.authenticatorRename},
		{"GET /account/authenticators/{authenticator}/delete", confirmed, s.authenticatorDeletePage},
		{"POST /account/authenticators/{authenticator}/delete", confirmed, s.authenticatorDelete},
		{"POST /account/two-factor/keep", full, s.twoFactorKeep},
		{"GET /account/recovery-codes", full, s.recoveryCodesPage},
		{"POST /account/recovery-codes", confirmed, s.recoveryCodesRenew},
		{"GET /account/recovery-codes/file", full, s.recoveryCodesFile},
		{"POST /account/recovery-codes/saved", full, s.recoveryCodesSaved},
		{"GET /account/sessions", full, s.sessionsPage},
		{"POST /account/sessions/end", full, s.sessionEnd},
		{"POST /account/sessions/end-others", full, s.sessionsEndOthers},
		{"POST /account/sessions/forget", full, s.browserForget},
		{"GET /vouch/{reset}", confirmed, s.vouchPage},
		{"POST /vouch/{reset}", confirmed, s.vouch},
		{"GET /confirm", enrol, s.confirmPage},
		{"POST /confirm", enrol, s.confirm},

		// For operators, whose permission is one at the provider. These pages show the
		// state of a customer and do not enter it.
		{"GET /customers", admin(portico.ManageCustomers), s.customersPage},
		{"GET /customers/new", admin(portico.ManageCustomers), s.customerNewPage},
		{"POST /customers/new", adminConfirmed(portico.ManageCustomers), s.customerNew},
		{"GET /customers/{slug}", admin(portico.ManageCustomers), s.customerPage},
		{"POST /customers/{slug}", adminConfirmed(portico.ManageCustomers), s.lookSave},
		{"POST /customers/{slug}/logo", admin(portico.ManageCustomers), s.logoSave},
		{"POST /customers/{slug}/logo/remove", admin(portico.ManageCustomers), s.logoRemove},
		{"GET " + brandingPath, admin(portico.ManageCustomers), s.brandingPage},
		{"POST " + brandingPath, adminConfirmed(portico.ManageCustomers), s.lookSave},
		{"POST " + brandingPath + "/logo", admin(portico.ManageCustomers), s.logoSave},
		{"POST " + brandingPath + "/logo/remove", admin(portico.ManageCustomers), s.logoRemove},
		{"GET /customers/{slug}/suspend", adminConfirmed(portico.ManageCustomers), s.customerSuspendPage},
		{"POST /customers/{slug}/suspend", adminConfirmed(portico.ManageCustomers), s.customerSuspend},
		{"POST /customers/{slug}/reactivate", adminConfirmed(portico.ManageCustomers), s.customerReactivate},
		{"GET /customers/{slug}/everything.zip", adminConfirmed(portico.ManageCustomers).entering().withFile(), s.customerArchive},
		{"GET /customers/{slug}/delete", adminConfirmed(portico.ManageCustomers), s.customerDeletePage},
		{"POST /customers/{slug}/delete", adminConfirmed(portico.ManageCustomers), s.customerDelete},
		{"POST /customers/{slug}/delete/cancel", adminConfirmed(portico.ManageCustomers), s.customerKeep},

		// For the customer's own people only: an operator cannot grant provider access.
		{"GET " + providerAccessPath, admin(portico.ManagePolicy), s.providerAccessPage},
		{"POST " + providerAccessPath, adminConfirmed(portico.ManagePolicy), s.changeProviderAccess},
		{"GET " + formerAccessPath, admin(portico.ManagePolicy), s.formerAccessPage},
	}, s.administration()...)
}

// administration returns the administration routes. Each exists twice: under
// /administration for one's own customer, and under /customers/{slug} for
// operators.
func (s *Server) administration() []route {
	pages := []route{
		{"GET /access", admin(portico.SeePeople), s.accessPage},
		{"GET /access.csv", admin(portico.SeePeople).withFile(), s.accessCSV},
		{"POST /access/selected", admin(portico.ManagePeople), s.selectedPage},
		{"POST /access/selected/apply", adminConfirmed(portico.ManagePeople), s.selectedApply},
		{"GET /access/new", admin(portico.ManagePeople), s.userNewPage},
		{"POST /access/new", adminConfirmed(portico.ManagePeople), s.userNew},
		{"GET /access/import", admin(portico.ManagePeople), s.importPage},
		{"POST /access/import", admin(portico.ManagePeople).withFile(), s.importSend},
		{"GET /access/import/reference.csv", admin(portico.ManagePeople), s.importReference},
		{"GET /imports/{import}", admin(portico.ManagePeople), s.importView},
		{"GET /imports/{import}/refused.csv", admin(portico.ManagePeople).withFile(), s.importRefused},
		{"POST /imports/{import}/start", adminConfirmed(portico.ManagePeople), s.importStart},
		{"POST /imports/{import}/invite", adminConfirmed(portico.ManagePeople), s.importInvite},
		{"POST /imports/{import}/stop", admin(portico.ManagePeople), s.importStop},
		{"POST /imports/{import}/discard", admin(portico.ManagePeople), s.importDiscard},
		{"GET /access/{user}", admin(portico.SeePeople), s.userPage},
		{"POST /access/{user}", adminConfirmed(portico.ManagePeople), s.userSave},
		{"POST /access/{user}/invite", adminConfirmed(portico.ManagePeople), s.userInvite},
		{"GET /access/{user}/withdraw", adminConfirmed(portico.ManagePeople), s.userWithdrawPage},
		{"POST /access/{user}/withdraw", adminConfirmed(portico.ManagePeople), s.act(s.Users.Withdraw, s.toList, "invitation-withdrawn")},
		{"GET /access/{user}/delete", adminConfirmed(portico.ManagePeople), s.userDeletePage},
		{"POST /access/{user}/delete", adminConfirmed(portico.ManagePeople), s.act(s.Users.Delete, s.toList, "user-deleted")},
		{"GET /access/{user}/suspend", adminConfirmed(portico.ManagePeople), s.userSuspendPage},
		{"POST /access/{user}/suspend", adminConfirmed(portico.ManagePeople), s.act(s.Users.Suspend, s.toUser, "suspended")},
		{"POST /access/{user}/reactivate", adminConfirmed(portico.ManagePeople), s.userReactivate},
		{"POST /access/{user}/password-link", adminConfirmed(portico.SendPasswordLink), s.act(s.Users.SendPasswordLink, s.toUser, "password-link-sent")},
		{"POST /access/{user}/end-sessions", adminConfirmed(portico.EndSessions), s.act(s.Users.EndSessions, s.toUser, "sessions-ended")},
		{"POST /access/{user}/unlock", adminConfirmed(portico.ManagePeople), s.act(s.Users.Unlock, s.toUser, "unlocked")},
		{"GET /access/{user}/two-factor/delete", adminConfirmed(portico.ResetTwoFactor), s.userResetPage},
		{"POST /access/{user}/two-factor/delete", adminConfirmed(portico.ResetTwoFactor), s.userReset},
		{"GET /resets", admin(portico.ResetTwoFactor), s.resetsPage},
		{"GET /resets/{reset}", admin(portico.ResetTwoFactor), s.resetPage},
		{"POST /resets/{reset}/call", adminConfirmed(portico.ResetTwoFactor), s.resetStep(s.Resets.SendVerificationCode, "reset-call")},
		{"POST /resets/{reset}/proof", adminConfirmed(portico.ResetTwoFactor), s.resetProof},
		{"POST /resets/{reset}/approve", adminConfirmed(portico.ResetTwoFactor), s.resetStep(s.Resets.Approve, "reset-approved")},
		{"POST /resets/{reset}/cancel", admin(portico.ResetTwoFactor), s.resetStep(s.Resets.Cancel, "reset-cancelled")},
		{"POST /resets/{reset}/code", adminConfirmed(portico.ResetTwoFactor), s.resetCode},
		{"GET /access/{user}/exemption", adminConfirmed(portico.ManagePolicy), s.exemptPage},
		{"POST /access/{user}/exemption", adminConfirmed(portico.ManagePolicy), s.exempt},
		{"POST /access/{user}/exemption/end", adminConfirmed(portico.ManagePolicy), s.act(s.Users.EndExemption, s.toUser, "exemption-ended")},
		{"GET /policy", admin(portico.ManagePolicy), s.policyPage},
		{"POST /policy", adminConfirmed(portico.ManagePolicy), s.policy},
		{"GET /report", admin(portico.SeeAudit), s.reportPage},
		{"GET /report.csv", admin(portico.SeeAudit).withFile(), s.reportCSV},
		{"GET /audit", admin(portico.SeeAudit), s.auditPage},
		{"GET /audit.csv", admin(portico.SeeAudit).withFile(), s.auditCSV},
		{"GET /audit.jsonl", admin(portico.SeeAudit).withFile(), s.auditJSON},
		{"GET /audit/proofs.jsonl", admin(portico.SeeAudit).withFile(), s.auditProofs},
		{"GET /audit/checkpoint.txt", admin(portico.SeeAudit), s.auditCheckpoint},
	}
	routes := make([]route, 0, 2*len(pages))
	for _, p := range pages {
		method, path, _ := strings.Cut(p.pattern, " ")
		routes = append(routes,
			route{method + " " + ownBase + path, p.guard, p.handle},
			route{method + " " + customersPath + "/{slug}" + path, p.guard.entering(), p.handle})
	}
	return routes
}
