package lab_test

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// sims is a lab with a phone that has a SIM, and the server that sends packets to it.
type sims struct {
	*testing.T

	h       http.Handler
	card    *simcard.Card
	memory  *simcard.Memory
	process *httptest.Server
	counter uint64
}

func newSIMs(t *testing.T) *sims {
	t.Helper()
	now := at(noon)
	tray, err := simcard.Open(simcard.TrayConfig{Now: now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := simcard.Make(rand.Reader, simcard.Order{Number: "+436641000001", Label: "Ada Palmer"})
	if err != nil {
		t.Fatal(err)
	}
	spare, _, err := simcard.Make(rand.Reader, simcard.Order{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tray.Add(m), tray.Add(spare)); err != nil {
		t.Fatal(err)
	}
	s := &sims{T: t, card: tray.Cards()[0], memory: m, process: httptest.NewServer(tray.Handler())}
	t.Cleanup(s.process.Close)
	rack, err := lab.NewRack(smscenter.New(smscenter.Config{Now: now}), lab.Phone{Number: "+436641000001", Label: "Ada Palmer"}, lab.Phone{Number: "+436641000099"})
	if err != nil {
		t.Fatal(err)
	}
	s.h, err = lab.New(lab.Config{
		Shelf: shelf(t, &lab.Memory{}, now), Rack: rack, SIMs: simcard.Phones{URL: s.process.URL, HTTP: s.process.Client()}, Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// send has a packet with a command come to the card.
func (s *sims) send(c applet.Command) {
	s.Helper()
	s.counter++
	data, err := c.Append(nil)
	if err != nil {
		s.Fatal(err)
	}
	o := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Counter: s.counter, Data: data}
	b, err := o.Pack(ota.Keys{KIc: s.memory.Keys[0].KIc, KID: s.memory.Keys[0].KID})
	if err != nil {
		s.Fatal(err)
	}
	s.card.Receive(smpp.Address{Addr: "1961"}, b)
}

func (s *sims) generate(r applet.Role) {
	s.Helper()
	subject, err := asn1.Marshal(pkix.Name{CommonName: "Ada Palmer"}.ToRDNSequence())
	if err != nil {
		s.Fatal(err)
	}
	c := applet.Command{Kind: applet.Generate, Transaction: applet.Transaction{1}, Role: r, Algorithm: applet.ECDSAP256, Service: "Alder Bank", Nonce: applet.Nonce{1}}
	if c.Head, c.Tail, err = applet.RequestParts(c.Algorithm, subject, c.Nonce); err != nil {
		s.Fatal(err)
	}
	s.send(c)
}

func simPayment() applet.Command {
	return applet.Command{
		Kind: applet.Sign, Transaction: applet.Transaction{2}, Role: applet.Signing, Service: "Alder Bank", Event: "K7QX", Text: "Pay 250.00 EUR to Nordic Timber AS?\nAccount NO93 8601 1117 947", Content: applet.Content{Kind: applet.ShownText},
		Form: applet.Attributed, Nonce: applet.Nonce{2}, Control: applet.ShownControl, Seconds: 120,
	}
}

// screen is the phone's page, as text.
func (s *sims) screen() string {
	s.Helper()
	_, page := send(s.T, s.h, http.MethodGet, ada, nil)
	return page.One(s.T, "#texts").Text()
}

// press presses keys of the page, each on the screen that it shows then.
func (s *sims) press(keys ...string) {
	s.Helper()
	for _, k := range keys {
		_, page := send(s.T, s.h, http.MethodGet, ada, nil)
		screen := page.One(s.T, "[name=screen]").Attr["value"]
		if status, _ := send(s.T, s.h, http.MethodPost, ada+"/sim", url.Values{"screen": {screen}, "key": {k}}); status != http.StatusOK {
			s.Fatalf("%s: status %d", k, status)
		}
	}
}

// TestSIMOnAPhone: a key is made and a payment signed by the keys of the page.
func TestSIMOnAPhone(t *testing.T) {
	t.Parallel()
	s := newSIMs(t)
	if got := s.screen(); !strings.Contains(got, "No messages yet") {
		t.Errorf("%q", got)
	}
	s.generate(applet.Signing)
	if got := s.screen(); !strings.Contains(got, "Make key 2? Alder Bank") {
		t.Errorf("%q", got)
	}
	_, page := send(t, s.h, http.MethodGet, "/", nil)
	if got := page.One(t, ".phones").Text(); !strings.Contains(got, "The SIM asks") {
		t.Errorf("%q", got)
	}
	s.press("ok", "5", "8", "3", "0", "2", "clear", "2", "ok", "5", "8", "3", "0", "2", "ok", "ok")
	s.send(simPayment())
	control := simPayment()
	if got := s.screen(); !strings.Contains(got, "Sign? Alder Bank K7QX Pay 250.00 EUR to Nordic Timber AS?") || !strings.Contains(got, control.ControlCode()) {
		t.Errorf("%q", got)
	}
	s.press("ok", "5", "8", "3", "0", "2")
	_, page = send(t, s.h, http.MethodGet, ada, nil)
	if dots := page.One(t, ".sim-dots").Attr["aria-label"]; dots != "5 digits typed" || strings.Contains(page.One(t, "#texts").Text(), "58302") {
		t.Errorf("%q", dots)
	}
	s.press("ok")
	if got := s.screen(); !strings.Contains(got, "Signed.") {
		t.Errorf("%q", got)
	}
	s.press("ok")
	s.send(applet.Command{Kind: applet.Show, Transaction: applet.Transaction{3}, Service: "Alder Bank", Text: "Paid."})
	if got := s.screen(); !strings.Contains(got, "Alder Bank") || !strings.Contains(got, "Paid.") {
		t.Errorf("%q", got)
	}
}

// TestSIMKeysOfAnotherScreen: a key for a screen that is gone does nothing, wrong ones are refused, and
// the page is not sent again while it is the same.
func TestSIMKeysOfAnotherScreen(t *testing.T) {
	t.Parallel()
	s := newSIMs(t)
	s.generate(applet.Signing)
	shown := s.card.Look().Serial
	for name, x := range map[string]struct {
		path, screen, key string
		status            int
	}{
		"a screen that is gone": {ada, "77", "ok", http.StatusOK}, "no screen": {ada, "", "ok", http.StatusBadRequest}, "no key": {ada, strconv.Itoa(shown), "fly", http.StatusBadRequest}, "a key that does nothing": {ada, strconv.Itoa(shown), "7", http.StatusOK},
		"no SIM": {"/phones/436641000099", "0", "ok", http.StatusNotFound}, "no phone": {"/phones/1", "0", "ok", http.StatusNotFound},
	} {
		status, _ := send(t, s.h, http.MethodPost, x.path+"/sim", url.Values{"screen": {x.screen}, "key": {x.key}})
		if status != x.status || s.card.Look().Serial != shown {
			t.Errorf("%s: status %d, %+v", name, status, s.card.Look())
		}
	}
	_, page := send(t, s.h, http.MethodGet, ada, nil)
	poll := page.One(t, "#poll").Attr["data-hx-get"]
	if status, _ := send(t, s.h, http.MethodGet, poll, nil); status != http.StatusNoContent {
		t.Errorf("nothing new: status %d", status)
	}
	s.press("cancel")
	if status, _ := send(t, s.h, http.MethodGet, poll, nil); status != http.StatusOK {
		t.Errorf("something new: status %d", status)
	}
}

// TestSIMProcessAway: without the process the phone still shows its texts.
func TestSIMProcessAway(t *testing.T) {
	t.Parallel()
	s := newSIMs(t)
	s.process.Close()
	if got := s.screen(); !strings.Contains(got, "The process with the SIM cards does not answer.") {
		t.Errorf("%q", got)
	}
	if status, _ := send(t, s.h, http.MethodGet, "/", nil); status != http.StatusOK {
		t.Errorf("the shelf: status %d", status)
	}
	if status, _ := send(t, s.h, http.MethodPost, ada+"/sim", url.Values{"screen": {"0"}, "key": {"ok"}}); status != http.StatusServiceUnavailable {
		t.Errorf("a key: status %d", status)
	}
}

// TestANewSIM: another card is put into the phone, and what the old one asked is gone.
func TestANewSIM(t *testing.T) {
	t.Parallel()
	s := newSIMs(t)
	s.generate(applet.Signing)
	if status, _ := send(t, s.h, http.MethodPost, ada, url.Values{"act": {"swap"}}); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	_, page := send(t, s.h, http.MethodGet, ada, nil)
	if got := page.One(t, "#card").Text(); strings.Contains(got, s.memory.ICCID) || !strings.Contains(got, "none yet") {
		t.Errorf("%q", got)
	}
	if got := s.screen(); strings.Contains(got, "Make key") {
		t.Errorf("%q", got)
	}
	s.process.Close()
	if status, _ := send(t, s.h, http.MethodPost, ada, url.Values{"act": {"swap"}}); status != http.StatusConflict {
		t.Errorf("without the process: status %d", status)
	}
}
