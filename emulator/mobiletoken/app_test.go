package mobiletoken_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/emulator/mobiletoken"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// bank is a small provisioning server.
type bank struct {
	mu       sync.Mutex
	server   dskpp.Server
	code     dskpp.Code
	owner    dskpp.Activation
	keys     map[string]pskc.Secret
	sessions map[string]*dskpp.Session
	pending  []*dskpp.Pending
	requests int
	template pskc.KeyPackage
}

func (b *bank) Activation(_ context.Context, id string) (dskpp.Activation, bool, error) {
	return b.owner, id == b.code.ClientID, nil
}

func (b *bank) SharedKey(context.Context, dskpp.KeyQuery) (dskpp.SharedKey, bool, error) {
	return dskpp.SharedKey{}, false, nil
}

func (b *bank) PublicKey(context.Context, string) (*rsa.PublicKey, bool, error) {
	return nil, false, nil
}

func (b *bank) OldKey(_ context.Context, id []byte) (dskpp.OldKey, bool, error) {
	k, ok := b.keys[string(id)]
	return dskpp.OldKey{Owner: b.owner.Owner, Token: k}, ok, nil
}

func (b *bank) NewKey(context.Context, dskpp.Grant) (pskc.KeyPackage, error) { return b.template, nil }

func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests++
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != dskpp.MediaType {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	req, err := dskpp.ReadRequest(raw)
	if err != nil {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	digest := req.Digest()
	s := b.sessions[req.SessionID()]
	if req.SessionID() == "" {
		s = b.sessions[string(digest[:])]
	}
	reply, err := b.server.Answer(r.Context(), req, s)
	if err != nil {
		http.Error(w, "no", http.StatusInternalServerError)
		return
	}
	delete(b.sessions, reply.Ended)
	if reply.Session != nil {
		b.sessions[reply.Session.ID] = reply.Session
		b.sessions[string(digest[:])] = reply.Session
	}
	if reply.Pending != nil {
		b.pending = append(b.pending, reply.Pending)
		b.keys[reply.Pending.Key.Key.ID] = reply.Pending.Key.Key.Secret
	}
	w.Header().Set("Content-Type", dskpp.MediaType)
	_, _ = w.Write(reply.Message)
}

const pin = "2580"

func open(t *testing.T) (*bank, *mobiletoken.App, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	code, err := dskpp.NewCode(rand.Reader, "AC00000A", 10)
	if err != nil {
		t.Fatal(err)
	}
	b := &bank{code: code, owner: dskpp.Activation{State: dskpp.Usable, Password: code.Password, Owner: "anna"}, keys: map[string]pskc.Secret{}, sessions: map[string]*dskpp.Session{}}
	b.template = pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.CS", SerialNo: "CS1"}, Key: pskc.Key{ID: "K1", Algorithm: pskc.AlgorithmHOTP, Counter: pskc.Some(5), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 8}}}
	srv := httptest.NewServer(b)
	t.Cleanup(srv.Close)
	b.server = dskpp.Server{URL: srv.URL, ID: "https://bank.example", Desk: b, Policy: dskpp.DefaultPolicy(), Keys: []dskpp.ServerKey{{Key: key}}, Secret: make([]byte, 32), Rand: rand.Reader}
	return b, &mobiletoken.App{HTTP: srv.Client(), Rand: rand.Reader, Offer: only(pskc.AlgorithmHOTP)}, srv.URL
}

func only(keyType string) func(*dskpp.Client) {
	return func(c *dskpp.Client) { c.KeyTypes = []string{keyType} }
}

// D-69: a token by a typed code, over HTTP; it survives in storage and its codes are
// those of the server's key.
func TestProvisioningOverHTTP(t *testing.T) {
	t.Parallel()
	b, app, url := open(t)
	if _, err := app.Enroll(t.Context(), url, b.code.Human(), pin); err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(app.Storage)
	if err != nil || len(b.pending) != 1 || strings.Contains(string(stored), pin) {
		t.Fatal(len(b.pending), err)
	}
	app.Storage = mobiletoken.Storage{}
	if err := json.Unmarshal(stored, &app.Storage); err != nil {
		t.Fatal(err)
	}
	h, err := oath.NewHOTP(b.keys["K1"].Bytes(), oath.HOTPOptions{Digits: 8})
	if err != nil {
		t.Fatal(err)
	}
	token := app.Token("K1")
	for counter := uint64(5); counter < 8; counter++ {
		if got, err := token.Code(pin, time.Time{}); err != nil || got != h.Code(counter) {
			t.Errorf("%d: %s, %v", counter, got, err)
		}
	}
	wrong, err := token.Code("2581", time.Time{})
	if err != nil || wrong == h.Code(8) {
		t.Errorf("a wrong PIN must give a wrong code and no error: %s, %v", wrong, err)
	}
	if _, err := token.Approve(pin, "1234", time.Time{}); !errors.Is(err, mobiletoken.ErrCannot) {
		t.Error(err)
	}
}

// losing drops the answers with these numbers, from 1.
type losing struct {
	next http.RoundTripper
	n    int
	lose map[int]bool
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	l.n++
	res, err := l.next.RoundTrip(r)
	if err == nil && l.lose[l.n] {
		_ = res.Body.Close()
		return nil, errors.New("the tunnel")
	}
	return res, err
}

// D-53: any answer may be lost, and there is one key; if all are lost, nothing is
// stored.
func TestLostAnswersOverHTTP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose map[int]bool
		ok   bool
	}{
		"the first": {map[int]bool{1: true}, true}, "the last": {map[int]bool{2: true}, true}, "two": {map[int]bool{1: true, 3: true, 4: true}, true},
		"all": {map[int]bool{2: true, 3: true, 4: true}, false},
	} {
		b, app, url := open(t)
		app.HTTP = &http.Client{Transport: &losing{next: app.HTTP.Transport, lose: c.lose}}
		token, err := app.Enroll(t.Context(), url, b.code.Human(), pin)
		if (err == nil) != c.ok || len(b.pending) != 1 || (token != nil) != c.ok || len(app.Storage.Tokens) > 0 != c.ok {
			t.Errorf("%s: %v, %d pending", name, err, len(b.pending))
		}
	}
}

// D-15: typing errors cost no request; a refusal of the server is told.
func TestWrongCodes(t *testing.T) {
	t.Parallel()
	b, app, url := open(t)
	typed := []byte(b.code.Human())
	typed[len(typed)-1] ^= 1
	if _, err := app.Enroll(t.Context(), url, string(typed), pin); !errors.Is(err, dskpp.ErrChecksum) && !errors.Is(err, dskpp.ErrCode) {
		t.Error(err)
	}
	if _, err := app.Enroll(t.Context(), url, b.code.Human(), "12"); !errors.Is(err, mobiletoken.ErrPIN) {
		t.Error(err)
	}
	if b.requests != 0 {
		t.Errorf("%d requests", b.requests)
	}
	b.owner.State = dskpp.Expired
	_, err := app.Enroll(t.Context(), url, b.code.Human(), pin)
	var status *dskpp.StatusError
	if !errors.As(err, &status) || status.Status != dskpp.ProvisioningPeriodExpired || len(app.Storage.Tokens) != 0 {
		t.Error(err)
	}
	if _, err := app.Enroll(t.Context(), url+"/%zz", b.code.Human(), pin); err == nil {
		t.Error("an address that is none")
	}
}

// A trigger replaces a key: the new token takes the old one's place, and only with
// the PIN of the old one.
func TestTriggerReplacesAKey(t *testing.T) {
	t.Parallel()
	b, app, url := open(t)
	if _, err := app.Enroll(t.Context(), url, b.code.Human(), pin); err != nil {
		t.Fatal(err)
	}
	tr := dskpp.NewTrigger(url, b.code)
	tr.KeyID = []byte("K1")
	b.owner.KeyID = tr.KeyID
	b.template.Key = pskc.Key{ID: "K2", Algorithm: pskc.AlgorithmOCRA, Suite: "OCRA-1:HOTP-SHA256-8:C-QA64"}
	app.Offer = only(pskc.AlgorithmOCRA)
	if _, err := app.Follow(t.Context(), tr.Format(), "9999"); !errors.Is(err, dskpp.ErrMAC) || app.Token("K1") == nil {
		t.Errorf("a wrong PIN: %v", err)
	}
	token, err := app.Follow(t.Context(), tr.Format(), pin)
	if err != nil || app.Token("K1") != nil || app.Token("K2") != token || len(app.Storage.Tokens) != 1 {
		t.Fatal(err)
	}
	suite, err := oath.ParseSuite(token.Suite)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewOCRA(suite, b.keys["K2"].Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for counter := range uint64(2) {
		want, err1 := o.Code(oath.Input{Counter: counter, Question: "2500EURtoACME"})
		got, err2 := token.Approve(pin, "2500EURtoACME", time.Time{})
		if err1 != nil || err2 != nil || got != want {
			t.Errorf("%s, want %s (%v, %v)", got, want, err1, err2)
		}
	}
	if _, err := token.Code(pin, time.Time{}); !errors.Is(err, mobiletoken.ErrCannot) {
		t.Error(err)
	}
}

func TestTimeBasedToken(t *testing.T) {
	t.Parallel()
	b, app, url := open(t)
	b.template.Key = pskc.Key{ID: "K3", Algorithm: pskc.AlgorithmTOTP, Interval: pskc.Some(60), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6}}
	app.Offer = only(pskc.AlgorithmTOTP)
	token, err := app.Enroll(t.Context(), url, b.code.Human(), pin)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewTOTP(b.keys["K3"].Bytes(), oath.TOTPOptions{Step: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0)
	want, err := o.Code(at)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := token.Code(pin, at); err != nil || got != want {
		t.Errorf("%s, want %s (%v)", got, want, err)
	}
}

// What is no DSKPP answer stores nothing.
func TestStrangeServers(t *testing.T) {
	t.Parallel()
	b, app, _ := open(t)
	for name, h := range map[string]http.HandlerFunc{
		"page":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"forbidden": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"failure":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"flood": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", dskpp.MediaType)
			_, _ = w.Write(make([]byte, 1<<20))
		},
	} {
		srv := httptest.NewServer(h)
		if _, err := app.Enroll(t.Context(), srv.URL, b.code.Human(), pin); err == nil || len(app.Storage.Tokens) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		srv.Close()
	}
}
