package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/smsgateway"
	"github.com/countersign-auth/countersign/internal/webhook"
	"github.com/countersign-auth/countersign/smpp"
)

// addTexts opens the desk for text messages and makes the clients of the gateways
// that are configured; they connect when the node runs. Without any, messages wait
// in the outbox until they expire.
func (a *App) addTexts() error {
	a.Texts = &sms.Desk{DB: a.DB, Ring: a.Ring, Outbox: a.Outbox, Now: a.Now, Rand: a.Rand, Log: a.Log}
	for _, g := range []struct {
		name string
		config.Gateway
	}{{"first", a.Config.SMS.First}, {"second", a.Config.SMS.Second}} {
		if g.URL == "" {
			continue
		}
		c, err := a.gateway(g.name, g.Gateway)
		if err != nil {
			return err
		}
		a.gateways = append(a.gateways, c)
		a.Texts.Gateways = append(a.Texts.Gateways, c)
		if g.Cards != "" {
			a.SIMs.Bearers = append(a.SIMs.Bearers, c)
			a.handlers[sim.Kind] = a.SIMs
		}
		a.background = append(a.background, c.Run)
		a.measureGateway(c)
	}
	if err := a.addHTTPGateway(); err != nil {
		return err
	}
	if len(a.Texts.Gateways) > 0 {
		a.handlers[sms.Kind] = a.Texts
	}
	return nil
}

// addHTTPGateway adds the service that takes texts as signed JSON, if one is
// configured. It is asked last.
func (a *App) addHTTPGateway() (err error) {
	h := a.Config.SMS.HTTP
	if h.URL == "" {
		return nil
	}
	c := smsgateway.Config{Name: "http", URL: h.URL, Receiver: a.Texts, Now: a.Now}
	for _, text := range []config.Secret{h.Secret, h.Previous} {
		if text == "" {
			continue
		}
		s, err := webhook.ParseSecret(string(text))
		if err != nil {
			return err
		}
		c.Secrets = append(c.Secrets, s)
	}
	if a.httpGateway, err = smsgateway.New(c); err == nil {
		a.Texts.Gateways = append(a.Texts.Gateways, a.httpGateway)
	}
	return err
}

// withReceipts lets the listener of the API take receipts of the HTTP gateway.
func (a *App) withReceipts(api http.Handler) http.Handler {
	if a.httpGateway == nil {
		return api
	}
	mux := http.NewServeMux()
	mux.Handle("/hooks/sms/http", a.httpGateway)
	mux.Handle("/", api)
	return mux
}

func (a *App) gateway(name string, g config.Gateway) (*smppclient.Client, error) {
	u, err := url.Parse(g.URL)
	if err != nil {
		return nil, fault.Invalidf("config.invalid", "sms.%s.url is not an address.", name)
	}
	c := smppclient.Config{
		Name: name, Address: u.Host, SystemID: g.SystemID, Password: keyring.Secret(g.Password), SystemType: g.SystemType, Source: g.Source,
		Separate: g.Binds == "separate", Sessions: g.Sessions, Window: g.Window, Timeout: g.Timeout, Enquire: g.Enquire,
		IDs:   idForms()[g.MessageIDs],
		Long:  map[string]smpp.Long{"sar": smpp.BySAR, "payload": smpp.ByPayload}[g.LongTexts],
		Cards: g.Cards, Packets: a.SIMs, CountryCode: g.CountryCode, TextReceipts: g.CardReceipts == "text",
		Receiver: a.Texts, Now: a.Now, Rand: a.Rand, Log: a.Log,
	}
	if u.Scheme == "smpps" {
		if c.TLS, err = centerTLS(u.Hostname(), g.CA); err != nil {
			return nil, err
		}
	}
	return smppclient.New(c)
}

// centerTLS trusts the authority in a file, or else the system's.
func centerTLS(host, authority string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if authority == "" {
		return t, nil
	}
	pem, err := readFile(authority)
	if err != nil {
		return nil, err
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", authority)
	}
	return t, nil
}

// measureGateway registers what a gateway tells about itself.
func (a *App) measureGateway(c *smppclient.Client) {
	for _, m := range []struct {
		name, help string
		value      func(smppclient.Stats) float64
	}{
		{"sessions", "Sessions that are bound and send.", func(s smppclient.Stats) float64 { return float64(s.Sessions) }},
		{"receivers", "Sessions that are bound and only receive.", func(s smppclient.Stats) float64 { return float64(s.Receivers) }},
		{"taken", "Message parts that the center took since the node started.", func(s smppclient.Stats) float64 { return float64(s.Taken) }},
		{"refused", "Message parts that the center refused since the node started.", func(s smppclient.Stats) float64 { return float64(s.Refused) }},
		{"throttled", "Refusals that asked for a pause since the node started.", func(s smppclient.Stats) float64 { return float64(s.Throttled) }},
		{"timeouts", "Requests that the center did not answer since the node started.", func(s smppclient.Stats) float64 { return float64(s.Timeouts) }},
		{"packets", "Short messages of SIM cards that were stored since the node started.", func(s smppclient.Stats) float64 { return float64(s.Packets) }},
		{"misled", "Short messages of SIM cards that came for another address than theirs since the node started.", func(s smppclient.Stats) float64 { return float64(s.Misled) }},
		{"receipts", "Receipts that were stored since the node started.", func(s smppclient.Stats) float64 { return float64(s.Receipts) }},
	} {
		a.Metrics.Gauge("countersign_sms_"+c.Name()+"_"+m.name, m.help, func() float64 { return m.value(c.Stats()) })
	}
}

// tryGateways binds to each gateway once, for the doctor.
func (d *doctor) tryGateways(ctx context.Context, a *App) {
	for _, c := range a.gateways {
		if err := c.Try(ctx); err != nil {
			d.check("SMS gateway "+c.Name()+" lets us in", fault.Unavailablef(err, "app.gateway", "Check sms.%s in the configuration, and the line to the carrier.", c.Name()))
			continue
		}
		d.check("SMS gateway "+c.Name()+" lets us in", nil)
	}
	if len(a.Texts.Gateways) == 0 {
		d.note("no SMS gateway is configured: text messages are not sent")
	}
}
