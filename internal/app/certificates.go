package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/estclient"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/pkiserver"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// certificateRate bounds what one address may ask of certificates: relying parties are few, and carriers put many phones behind one.
var certificateRate = client.Rate{PerSecond: 500, Burst: 2500}

// addCertificates opens the certification authority, and its listener where it has an address.
func (a *App) addCertificates() error {
	c := a.Config.PKI
	cfg := pki.Config{
		DB: a.DB, Ring: a.Ring, Now: a.Now, Rand: a.Rand, Validity: c.Validity, ListFor: c.ListFor, AnswerFor: c.AnswerFor, Policy: c.Policy, StampPolicy: c.StampPolicy,
	}
	if a.Config.Certificates.Address != "" || a.Config.Certificates.URL != "" {
		cfg.URL = a.url(a.Config.Certificates)
	}
	if err := a.addElsewhere(&cfg); err != nil {
		return err
	}
	a.PKI = pki.New(cfg)
	h, err := pkiserver.New(pkiserver.Config{
		Authority: a.PKI, Limiter: client.NewLimiter(a.Now, certificateRate), Now: a.Now, Log: a.Log.With(slog.String("face", "certificates")),
		Proxies: a.Config.TrustedProxies, Observe: newCertified(a.Metrics),
	})
	if err != nil {
		return err
	}
	a.faces = append(a.faces, face{name: "certificates", address: a.Config.Certificates, handler: h})
	a.background = append(a.background, a.keepCertificates)
	a.measureCertificates()
	return nil
}

// addElsewhere reaches other authorities, where they are configured.
func (a *App) addElsewhere(cfg *pki.Config) error {
	if e := a.Config.PKI.EST; e.URL != "" {
		est, err := a.est(e)
		if err != nil {
			return err
		}
		cfg.Elsewhere = est
		a.background = append(a.background, func(ctx context.Context) { <-ctx.Done(); est.Close() })
	}
	if t := a.Config.PKI.TSA; t.URL != "" {
		roots, err := pemCertificates(t.CA)
		if err != nil {
			return err
		}
		stamper, err := estclient.NewStamper(t.URL, roots, t.Timeout, a.Now)
		if err != nil {
			return err
		}
		cfg.Stamper = stamper
	}
	return nil
}

func (a *App) est(e config.EST) (*estclient.Client, error) {
	cfg := estclient.Config{URL: e.URL, User: e.User, Password: keyring.Secret(e.Password), OCSPURL: e.OCSP, ListURL: e.List, Timeout: e.Timeout, Now: a.Now}
	var err error
	if cfg.Roots, err = pemCertificates(e.CA); err != nil {
		return nil, err
	}
	if e.TLSCA != "" {
		if cfg.TLSRoots, err = pemCertificates(e.TLSCA); err != nil {
			return nil, err
		}
	}
	if e.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(e.Certificate, e.Key)
		if err != nil {
			return nil, fault.Invalidf("app.certificate", "The certificate for the certification authority cannot be used: %v", err)
		}
		cfg.Certificate = &pair
	}
	return estclient.New(cfg)
}

// pemCertificates reads the certificates of a PEM file.
func pemCertificates(name string) (all []*x509.Certificate, err error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fault.Invalidf("app.certificate", "A certificate in %s cannot be read: %v", name, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fault.Invalidf("app.certificate", "There is no certificate in %s. A PEM file is expected.", name)
	}
	return all, nil
}

// keepCertificates renews what the authority answers with, as long as the node runs.
func (a *App) keepCertificates(ctx context.Context) {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		if err := a.PKI.Upkeep(ctx); err != nil && ctx.Err() == nil {
			a.Log.ErrorContext(ctx, "the certification authority needs attention", telemetry.Err(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// newCertified counts what was asked of certificates.
func newCertified(m *telemetry.Metrics) func(operation string, status int, took time.Duration) {
	durations := m.Durations("countersign_certificates_duration_seconds", "How long questions about certificates took.", "operation")
	statuses := m.Counter("countersign_certificates_requests_total", "Questions about certificates by operation and status class.", "operation", "class")
	const class = 100
	return func(operation string, status int, took time.Duration) {
		durations.Observe(took, operation)
		statuses.Add(1, operation, strconv.Itoa(status/class)+"xx")
	}
}

// measureCertificates registers what the authority tells of itself.
func (a *App) measureCertificates() {
	for _, m := range []struct {
		name, help string
		value      func(pki.Stats) int64
	}{
		{"issued", "Certificates issued since the node started.", func(s pki.Stats) int64 { return s.Issued }},
		{"answers", "Answers of the OCSP responder since the node started, own questions included.", func(s pki.Stats) int64 { return s.Answers }},
		{"stamps", "Time-stamps since the node started.", func(s pki.Stats) int64 { return s.Stamps }},
		{"lists", "Revocation lists made since the node started.", func(s pki.Stats) int64 { return s.Lists }},
		{"validated", "Signatures that were judged since the node started.", func(s pki.Stats) int64 { return s.Validate }},
		{"invalid", "Signatures that were judged and not valid since the node started.", func(s pki.Stats) int64 { return s.Bad }},
	} {
		a.Metrics.Gauge("countersign_pki_"+m.name, m.help, func() float64 { return float64(m.value(a.PKI.Stats())) })
	}
	for _, m := range []struct {
		name, help string
		ends       func(pki.Health) time.Time
	}{
		{"authority_seconds", "Seconds until the certificate of the issuing authority ends; 0 without one.", func(h pki.Health) time.Time { return h.Authority }},
		{"stamping_seconds", "Seconds until the certificate of the time-stamping authority ends; 0 without one.", func(h pki.Health) time.Time { return h.Stamping }},
		{"responder_seconds", "Seconds until the certificate of the OCSP responder ends; 0 without one.", func(h pki.Health) time.Time { return h.Responder }},
		{"root_list_seconds", "Seconds until the root's revocation list ends; 0 without one. No signature is valid after that.", func(h pki.Health) time.Time { return h.RootList }},
		{"list_seconds", "Seconds until the newest revocation list ends; 0 without one.", func(h pki.Health) time.Time { return h.List }},
	} {
		a.Metrics.Gauge("countersign_pki_"+m.name, m.help, func() float64 {
			const patience = time.Second
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			h, err := a.PKI.Health(ctx)
			if end := m.ends(h); err == nil && !end.IsZero() {
				return end.Sub(a.Now()).Seconds()
			}
			return 0
		})
	}
	a.Metrics.Gauge("countersign_pki_untold", "Certificates of another authority that does not know of their revocation or hold.", func() float64 {
		const patience = time.Second
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		h, err := a.PKI.Health(ctx)
		if err != nil {
			return 0
		}
		return float64(h.Untold)
	})
}
