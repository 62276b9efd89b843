package app

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/console"
)

// console builds the staff console. Its background work ends with the node.
func (a *App) console() (http.Handler, error) {
	return console.New(console.Config{
		Staff: a.Staff, Customers: a.Customers, Tokens: a.Tokens, Desk: a.Desk, Hub: a.Hub, Policies: a.Policies, Audit: a.Audit, Clients: a.Clients,
		Identification: a.Identification, Authenticators: a.Authenticators, Upkeep: a.Upkeep, Care: a.Care, Proposals: a.Proposals,
		Passwords: a.Secrets, Passcodes: a.Passcodes, Texts: a.Texts, Outbox: a.Outbox, Risk: a.reviews(), Exemptions: a.Exemptions, Mobile: a.Mobile, MobileIDs: a.MobileIDs, Companions: a.Companions, Interactions: a.Interactions, Vault: a.Vault, Issuing: a.Issuing, SIMs: a.SIMs, Providers: a.Providers, PKI: a.PKI, SignatureEvidence: a.SignatureEvidence, MobileURL: a.mobileURL(), Pushes: a.Pushes, Gateways: a.gatewayFigures,
		Go: a.inBackground, MaxBody: int64(a.Config.Limits.Body), MaxUpload: int64(a.Config.Limits.Import), Demo: a.home != "",
		Secure: a.secure(a.Config.Console.URL, a.Config.Console.TLS.Certificate), Now: a.Now, Rand: a.Rand, Log: a.Log,
	})
}

// gatewayFigures tells the console how this node's gateways stand.
func (a *App) gatewayFigures() (all []console.Gateway) {
	for _, c := range a.gateways {
		s := c.Stats()
		all = append(all, console.Gateway{Name: c.Name(), Kind: "SMPP", Sessions: s.Sessions, Trouble: s.Why, Figures: []console.GatewayFigure{
			{Name: "taken", N: s.Taken},
			{Name: "refused", N: s.Refused},
			{Name: "throttled", N: s.Throttled},
			{Name: "timeouts", N: s.Timeouts},
			{Name: "receipts", N: s.Receipts},
			{Name: "lost", N: s.Lost},
		}})
	}
	return all
}

// inBackground runs work of a face until it ends or the node stops, which waits
// for it.
func (a *App) inBackground(work func(context.Context)) {
	ctx, stop := context.WithCancel(context.Background())
	a.faceWork.Go(func() {
		defer stop()
		work(ctx)
	})
	go func() {
		select {
		case <-a.stopping:
			stop()
		case <-ctx.Done():
		}
	}()
}

// secure reports whether browsers reach a face by TLS, here or at a proxy.
func (a *App) secure(url, certificate string) bool {
	return certificate != "" || len(url) > 8 && url[:8] == "https://"
}
