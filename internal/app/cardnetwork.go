package app

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/iso8583server"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/iso8583"
)

// cardNetworks opens the listener for card networks; nil when there is none.
func (a *App) cardNetworks() (*server, error) {
	c := a.Config.Authorization
	if c.Address == "" {
		return nil, nil //nolint:nilnil // no listener, no error
	}
	p, err := messageProfile(c.Profile)
	if err != nil {
		return nil, err
	}
	speak, err := institutions(c.Institutions)
	if err != nil {
		return nil, err
	}
	answers, err := iso8583server.New(iso8583server.Config{Profile: p, Desk: a.Issuing, Log: a.Log, SignOn: c.SignOn, Partial: c.Partial, Idle: c.Idle, Room: c.Room, Most: c.Connections, Institutions: speak, Observe: newNetworkObserver(a.Metrics)})
	if err != nil {
		return nil, err
	}
	settings, err := a.networkTLS()
	if err != nil {
		return nil, err
	}
	if settings == nil && c.Plain {
		a.Log.Warn("connections of card networks are not encrypted by this node: the line itself has to be")
	}
	l, err := a.berths.listen(c.Address, "authorization")
	if err != nil {
		return nil, err
	}
	s := &server{name: "authorization", url: "tcp://" + l.Addr().String(), listener: l, work: answers.Serve}
	if settings != nil {
		s.listener, s.url = tls.NewListener(l, settings), "tls://"+l.Addr().String()
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.ended = make(chan struct{})
	return s, nil
}

// networkTLS is mutual: both sides show a certificate. Nil where connections are plain.
func (a *App) networkTLS() (*tls.Config, error) {
	c := a.Config.Authorization
	if c.TLS.Certificate == "" {
		return nil, nil //nolint:nilnil // plain connections are a choice of the configuration
	}
	own, err := tls.LoadX509KeyPair(c.TLS.Certificate, c.TLS.Key)
	if err != nil {
		return nil, fault.Invalidf("app.certificate", "The certificate of the authorization listener cannot be used: %v", err)
	}
	pool, err := authorities(c.ClientCA)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// institutions reads for which acquirers each certificate speaks; nil where there is no file.
func institutions(name string) (map[string][]string, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // everybody speaks for all
	}
	text, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		return nil, fault.Invalidf("app.institutions", "The institutions of card networks cannot be read: %v", err)
	}
	out := map[string][]string{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fault.Invalidf("app.institutions", "The institutions in %s are no JSON object of lists: %v", name, err)
	}
	if len(out) == 0 {
		return nil, fault.Invalidf("app.institutions", "There is nobody in %s: every card network would be refused.", name)
	}
	for peer, all := range out {
		for _, id := range all {
			if !institution.MatchString(id) {
				return nil, fault.Invalidf("app.institutions", "In %s, %q of %s is no institution: 1 to 11 digits, without zeros in front.", name, id, peer)
			}
		}
	}
	return out, nil
}

var institution = regexp.MustCompile(`^[1-9][0-9]{0,10}$`)

// messageProfile loads a profile that is built in, or reads one of the operator's.
func messageProfile(name string) (*iso8583.Profile, error) {
	if slices.Contains(iso8583.Names(), name) {
		return iso8583.Load(name)
	}
	text, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		return nil, errors.Join(fault.Invalidf("app.profile", "There is no profile of messages %s: use one of %v, or the path of a file.", name, iso8583.Names()), err)
	}
	p, err := iso8583.ParseProfile(text)
	if err != nil {
		return nil, fault.Invalidf("app.profile", "The profile of messages %s cannot be used: %v", name, err)
	}
	return p, nil
}

// newNetworkObserver counts the messages of card networks.
func newNetworkObserver(m *telemetry.Metrics) func(mti, code string) {
	messages := m.Counter("countersign_network_messages_total", "Messages of card networks by their type and the code that they were answered with; none for what is not answered.", "mti", "code")
	return func(mti, code string) {
		if code == "" {
			code = "none"
		}
		messages.Add(1, mti, code)
	}
}
