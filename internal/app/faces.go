package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/httpapi"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// sourceRate bounds the requests of one address: a bank's application servers are
// few and have rates of their own.
var sourceRate = client.Rate{PerSecond: 50_000, Burst: 100_000}

// allFaces returns the faces of the configuration and those that were added.
func (a *App) allFaces() ([]face, error) {
	console, err := a.console()
	if err != nil {
		return nil, err
	}
	selfService, err := a.selfService()
	if err != nil {
		return nil, err
	}
	mobile, err := a.mobile()
	if err != nil {
		return nil, err
	}
	signatures, err := a.signatures()
	if err != nil {
		return nil, err
	}
	devices, err := a.devices()
	if err != nil {
		return nil, err
	}
	c := a.Config
	return append([]face{
		{name: "API", address: c.API, handler: a.withReceipts(a.api())},
		{name: "console", address: c.Console, handler: console},
		{name: "self-service", address: c.Self, handler: selfService},
		{name: "mobile", address: c.Mobile, handler: mobile},
		signatures,
		{name: "devices", address: c.Devices, handler: devices},
		{name: "metrics", address: c.Metrics, handler: a.monitoring()},
	}, a.faces...), nil
}

func (a *App) api() http.Handler {
	return httpapi.New(httpapi.Config{
		Hub: a.Hub, Desk: a.Desk, Tokens: a.Tokens, Upkeep: a.Upkeep, Care: a.Care, Policies: a.Policies, Customers: a.Customers, Clients: a.Clients, Answers: a.Answers,
		Identification: a.Identification, Authenticators: a.Authenticators, Passwords: a.Secrets, Phones: a.Passcodes, Exemptions: a.Exemptions, Risk: a.Risk, Mobile: a.Mobile, MobileIDs: a.MobileIDs, Companions: a.Companions, Interactions: a.Interactions, Vault: a.Vault, Issuing: a.Issuing, Identity: a.Identity, SignatureEvidence: a.SignatureEvidence, MobileURL: a.mobileURL(), Pushes: a.Pushes,
		Limiter: client.NewLimiter(a.Now, sourceRate), Audit: a.Audit, Evidence: a.Evidence, Now: a.Now, Rand: a.Rand, Log: a.Log,
		URL: a.url(a.Config.API), Version: Version, Proxies: a.Config.TrustedProxies, Ready: a.ready,
		MaxBody: int64(a.Config.Limits.Body), MaxImport: int64(a.Config.Limits.Import), Reports: reportRate(a.Config.Risk.Reports), Observe: newObserver(a.Metrics),
	})
}

// reportRate is how fast one address may send reports of the probe.
func reportRate(n int) client.Rate {
	const seconds = 5 // that may come at once
	return client.Rate{PerSecond: n, Burst: seconds * n}
}

// monitoring serves what the operator's systems ask.
func (a *App) monitoring() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.Metrics.Gatherer(), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "alive", "") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := a.ready(ctx); err != nil {
			a.Log.WarnContext(ctx, "not ready", telemetry.Err(err))
			answer(w, http.StatusServiceUnavailable, "not ready", err.Error())
			return
		}
		answer(w, http.StatusOK, "ready", "")
	})
	return mux
}

func answer(w http.ResponseWriter, status int, state, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"state": state, "why": why})
}

// observer counts the requests of the API.
type observer struct {
	took     *telemetry.Durations
	statuses *telemetry.Counter
}

func newObserver(m *telemetry.Metrics) *observer {
	return &observer{
		took:     m.Durations("countersign_api_duration_seconds", "How long requests took.", "operation"),
		statuses: m.Counter("countersign_api_requests_total", "Requests by operation and status class.", "operation", "class"),
	}
}

// Observe implements httpapi.Observer.
func (o *observer) Observe(operation string, status int, d time.Duration) {
	o.took.Observe(d, operation)
	o.statuses.Add(1, operation, strconv.Itoa(status/100)+"xx")
}

// measure registers what the node tells about itself.
func (a *App) measure() {
	gauge := func(name, help string, f func() float64) { a.Metrics.Gauge(name, help, f) }
	gauge("countersign_db_groups", "Commits that settled a group.", func() float64 { return float64(a.DB.Stats().Groups) })
	gauge("countersign_db_units", "Settlements that were committed.", func() float64 { return float64(a.DB.Stats().Units) })
	gauge("countersign_outbox_dead", "Messages given up since the node started.", func() float64 { return float64(a.Outbox.Stats().Dead) })
	gauge("countersign_policy_version", "Policy version in force.", func() float64 { return float64(a.Policies.Active().Version) })
	gauge("countersign_goroutines", "Goroutines.", func() float64 { return float64(runtime.NumGoroutine()) })
}

func level(name string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return l
}
