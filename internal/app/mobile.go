package app

import (
	"net/http"
	"runtime"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/dskppserver"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/tokenserver"
	"github.com/countersign-auth/countersign/internal/web/mobileapp"
)

// mobile is the face of mobile tokens. It is built once: the demo uses it before it listens.
func (a *App) mobile() (_ http.Handler, err error) {
	if a.tokenFace == nil {
		a.tokenFace, err = a.buildMobile()
	}
	return a.tokenFace, err
}

// buildMobile builds it: each adapter has a path of its own.
func (a *App) buildMobile() (http.Handler, error) {
	provisioning, err := a.provisioning()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(dskppserver.Path, provisioning)
	tokens, err := a.tokenProtocol()
	if err != nil {
		return nil, err
	}
	mux.Handle(tokenserver.Path, tokens)
	installable, err := a.mobileApp()
	if err != nil {
		return nil, err
	}
	mux.Handle(mobileapp.Path, installable)
	return mux, nil
}

// provisioning serves DSKPP.
func (a *App) provisioning() (http.Handler, error) {
	const seconds, waiting = 5, 256
	n := a.Config.Limits.Provisioning
	secret := a.Ring.Derive("dskpp.server")
	return dskppserver.New(dskppserver.Config{
		Desk: a.Mobile, Policies: a.Policies, Limiter: client.NewLimiter(a.Now, client.Rate{PerSecond: n, Burst: seconds * n}),
		URL: a.url(a.Config.Mobile), ID: a.url(a.Config.Mobile), Issuer: a.Config.Origin, Secret: secret[:], Now: a.Now, Rand: a.Rand, Log: a.Log,
		Proxies: a.Config.TrustedProxies, MaxBody: int64(a.Config.Limits.Body), Running: max(1, runtime.GOMAXPROCS(0)), Waiting: waiting,
		Observe: newProvisioned(a.Metrics),
	})
}

// tokenRate bounds what phones behind one address may ask: a carrier's many share one.
var tokenRate = client.Rate{PerSecond: 1000, Burst: 5000}

// tokenProtocol serves what tokens ask once they are provisioned.
func (a *App) tokenProtocol() (http.Handler, error) {
	url := a.url(a.Config.Mobile)
	var pushes tokenserver.Pushes
	if a.Pushes.On() {
		pushes = a.Pushes
	}
	return tokenserver.New(tokenserver.Config{
		Tokens: a.Mobile, Policies: a.Policies, Customers: a.Customers, Hub: a.Hub, Prompts: a.Prompts, Pushes: pushes, Audit: a.Audit, PictureKeys: a.Evidence.KeySet,
		Provisioning: func(application string) string { return dskppserver.URL(url, application) },
		Limiter:      client.NewLimiter(a.Now, tokenRate), URL: url, Now: a.Now, Log: a.Log, Proxies: a.Config.TrustedProxies, MaxBody: int64(a.Config.Limits.Body),
	})
}

// newProvisioned counts what provisioning messages were answered with.
func newProvisioned(m *telemetry.Metrics) func(outcome string, took time.Duration) {
	outcomes := m.Counter("countersign_provisioning_total", "Provisioning messages by outcome: a status of DSKPP, repeated, or an HTTP status.", "outcome")
	durations := m.Durations("countersign_provisioning_duration_seconds", "How long provisioning messages took.", "outcome")
	return func(outcome string, took time.Duration) {
		outcomes.Add(1, outcome)
		durations.Observe(took, outcome)
	}
}
