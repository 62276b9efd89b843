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
		Go: a.inBackground, MaxBody: int64(a.Config.Limits.Body), MaxUpload: int64(a.Config.Limits.Import), Notice: a.notice,
		Secure: a.secure(a.Config.Console.URL, a.Config.Console.TLS.Certificate), Now: a.Now, Rand: a.Rand, Log: a.Log,
	})
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
