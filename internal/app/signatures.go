package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mssserver"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/ota/applet"
)

// providerRate bounds the requests of one address: providers have rates of their own.
var providerRate = client.Rate{PerSecond: 1000, Burst: 2000}

// signatures is the face of service providers.
func (a *App) signatures() (f face, err error) {
	f = face{name: "mss", address: a.Config.MSS}
	if f.clients, err = a.providerCertificates(); err != nil {
		return f, err
	}
	f.handler, err = mssserver.New(mssserver.Config{
		Signer: a.MobileIDs, Registrar: registrar{a}, Providers: a.Providers, Limiter: client.NewLimiter(a.Now, providerRate), ID: a.mssID(), Times: a.signatureTimes, Control: a.signatureControl,
		Now: a.Now, Log: a.Log, Stopping: a.stopping, Proxies: a.Config.TrustedProxies, MaxBody: int64(a.Config.Limits.Body), Observe: newSignatureObserver(a.Metrics),
	})
	return f, err
}

// mssID is the URI by which answers name this service.
func (a *App) mssID() string {
	if id := a.Config.Providers.ID; id != "" {
		return id
	}
	return a.url(a.Config.MSS)
}

func (a *App) signatureTimes() (usual, most time.Duration) {
	x := a.Policies.Active().MobileID
	return x.TTL, x.MaxTTL
}

// signatureControl is what a person does with the control code of a request that does not say.
func (a *App) signatureControl() applet.ControlMode {
	return mobileid.ControlMode(a.Policies.Active().MobileID.Control)
}

// providerCertificates says what is asked of the certificates of providers: whoever has one
// shows it, and package provider compares it.
func (a *App) providerCertificates() (*tls.Config, error) {
	name := a.Config.Providers.ClientCA
	if name == "" {
		return &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}, nil
	}
	pool, err := authorities(name)
	return &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool, MinVersion: tls.VersionTLS12}, err
}

func authorities(name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fault.Invalidf("app.authorities", "There is no certificate in %s.", name)
	}
	return pool, nil
}

// addNotifications lets the outbox call providers back.
func (a *App) addNotifications() error {
	c := a.Config.Providers
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		pool, err := authorities(c.CA)
		if err != nil {
			return err
		}
		settings.RootCAs = pool
	}
	n := mssserver.NewNotifier(mssserver.NotifierConfig{
		Orders: a.Providers, Signer: a.MobileIDs, Outbox: a.Outbox, ID: a.mssID(), Reach: reach.Reach{Private: c.Private, Loopback: c.Loopback},
		TLS: settings, Timeout: c.Timeout, Now: a.Now, Log: a.Log,
	})
	a.handlers[mssserver.MessageNotification] = n
	a.background = append(a.background, func(ctx context.Context) {
		n.Run(ctx)
		n.Close()
	})
	return nil
}

// newSignatureObserver counts what service providers were answered.
func newSignatureObserver(m *telemetry.Metrics) func(operation string, code int, took time.Duration) {
	answers := m.Counter("countersign_mss_requests_total", "Requests of service providers by operation and code of the status or fault; 0: refused in HTTP.", "operation", "code")
	durations := m.Durations("countersign_mss_duration_seconds", "How long requests of service providers took; synchronous ones wait for a person.", "operation")
	return func(operation string, code int, took time.Duration) {
		answers.Add(1, operation, strconv.Itoa(code))
		durations.Observe(took, operation)
	}
}
