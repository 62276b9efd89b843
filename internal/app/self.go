package app

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/web/self"
)

// selfService builds the pages where customers look after their own tokens.
func (a *App) selfService() (http.Handler, error) {
	return self.New(self.Config{
		Hub: a.Hub, Sessions: a.sessions(), Tokens: a.Tokens, Care: a.Care, Upkeep: a.Upkeep, Authenticators: a.Authenticators, Policies: a.Policies, Audit: a.Audit,
		Secrets: a.Secrets, Passcodes: a.Passcodes, Texts: a.Texts, Exemptions: a.Exemptions, Mobile: a.Mobile, MobileIDs: a.MobileIDs, Companions: a.Companions, Interactions: a.Interactions, Vault: a.Vault, Issuing: a.Issuing, MobileURL: a.mobileURL(), Pushes: a.Pushes, Places: a.Risk,
		Home: a.home, Proxies: a.Config.TrustedProxies, MaxBody: int64(a.Config.Limits.Body),
		Secure: a.secure(a.Config.Self.URL, a.Config.Self.TLS.Certificate), Now: a.Now, Rand: a.Rand, Log: a.Log,
	})
}

// sessions are those of customers on our pages.
func (a *App) sessions() *customer.Sessions { return &customer.Sessions{DB: a.DB, Rand: a.Rand} }

// mobileURL is how phones know the listener for mobile tokens; "" when there is none.
func (a *App) mobileURL() string {
	if a.Config.Mobile.Address == "" {
		return ""
	}
	return a.url(a.Config.Mobile)
}
