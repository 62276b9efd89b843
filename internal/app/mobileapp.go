package app

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/mobileapp"
)

// mobileApp serves the installable token of each application that the policies have.
func (a *App) mobileApp() (http.Handler, error) {
	find := func(code string) (mobileapp.Application, bool) {
		set := a.Policies.Active()
		x, known := set.Application(code)
		return mobileapp.Application{Code: x.Code, Name: x.Name, Bank: bankOf(set, x)}, known
	}
	return mobileapp.New(mobileapp.Config{Find: find, Secure: a.secure(a.Config.Mobile.URL, a.Config.Mobile.TLS.Certificate)})
}

// bankOf is the bank's name as the approvals of an application show it, or the application's.
func bankOf(set *policy.Set, x policy.Application) string {
	for _, code := range x.Policies {
		if p, known := set.Policy(code); known && p.Prompted() {
			return p.Approval.Bank
		}
	}
	return x.Name
}
