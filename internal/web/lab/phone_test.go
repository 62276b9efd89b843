package lab_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/smpp"
)

const ada = "/phones/436641000001"

// carrier is a lab with phones, and somebody who hands texts to its center by SMPP.
type carrier struct {
	*testing.T
	h        http.Handler
	center   *smscenter.Center
	conn     net.Conn
	sequence uint32
}

func newCarrier(t *testing.T) *carrier {
	t.Helper()
	now := at(noon)
	c := &carrier{T: t, center: smscenter.New(smscenter.Config{Now: now, SystemID: "test", Accounts: map[string]string{"alder": "secret"}})}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.center.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	rack, err := lab.NewRack(c.center, lab.Phone{Number: "+436641000001", Label: "Ada Palmer"}, lab.Phone{Number: "+436641000099"})
	if err != nil {
		t.Fatal(err)
	}
	c.h, err = lab.New(lab.Config{Shelf: shelf(t, &lab.Memory{}, now), Rack: rack, Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if c.conn, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.conn.Close() })
	c.ask(smpp.BindTransceiver, &smpp.Bind{SystemID: "alder", Password: "secret", Version: smpp.Version})
	return c
}

// ask sends a request and waits for its answer.
func (c *carrier) ask(cmd smpp.Command, body smpp.Body) {
	c.Helper()
	c.sequence++
	b, err := (&smpp.PDU{Command: cmd, Sequence: c.sequence, Body: body}).Append(nil)
	if err == nil {
		_, err = c.conn.Write(b)
	}
	if err != nil {
		c.Fatal(err)
	}
	if x, err := smpp.Read(c.conn); err != nil || x.Status != smpp.OK {
		c.Fatalf("%v, %v", x.Status, err)
	}
}

// text hands a text for Ada's phone to the center. The center's sessions do one thing after
// another: once it answers the enquiry it has carried the text.
func (c *carrier) text(body string) {
	c.Helper()
	septets, ok := smpp.EncodeGSM(body)
	if !ok {
		c.Fatalf("%q has other letters", body)
	}
	c.ask(smpp.SubmitSM, &smpp.Message{Source: smpp.Address{TON: smpp.Alphanumeric, Addr: "Alder Bank"}, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: "436641000001"}, Short: septets})
	c.ask(smpp.EnquireLink, nil)
}

// act presses a button of Ada's page and returns what the screen says.
func (c *carrier) act(act string) string {
	c.Helper()
	if status, _ := send(c.T, c.h, http.MethodPost, ada, url.Values{"act": {act}}); status != http.StatusOK {
		c.Fatalf("%s: status %d", act, status)
	}
	return c.screen()
}

func (c *carrier) screen() string {
	c.Helper()
	_, page := send(c.T, c.h, http.MethodGet, ada, nil)
	return page.One(c.T, "#texts").Text()
}

// TestPhone: what comes by SMPP stands on the screen, with the line for browsers as it
// came; a phone that is off gets it when it is on again.
func TestPhone(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	if got := c.screen(); !strings.Contains(got, "No messages yet") {
		t.Errorf("an empty phone shows %q", got)
	}
	c.text("Log in. Code: 481902. Tell it to nobody.\n\n@bank.alder.example #481902")
	_, page := send(t, c.h, http.MethodGet, ada, nil)
	if got := page.One(t, ".bubble").Attr["data-code"] + " " + page.One(t, ".bubble-last").Text(); got != "481902 @bank.alder.example #481902" {
		t.Errorf("the message is drawn with %q", got)
	}
	if got := page.One(t, ".bubble-text").Text(); got != "Log in. Code: 481902. Tell it to nobody." {
		t.Errorf("the text is %q", got)
	}
	if got := c.act("off"); strings.Contains(got, "481902") || !strings.Contains(got, "The phone is off.") {
		t.Errorf("a phone that is off shows %q", got)
	}
	c.text("Your codes now go to another phone number.")
	_, page = send(t, c.h, http.MethodGet, "/", nil)
	if got := page.One(t, ".phones").Text(); !strings.Contains(got, "Ada Palmer +43 664 100 0001 Off 1 message") {
		t.Errorf("on the shelf: %q", got)
	}
	if got := c.act("on"); !strings.Contains(got, "another phone number") {
		t.Errorf("switched on it shows %q", got)
	}
	if got := c.act("clear"); !strings.Contains(got, "No messages yet") {
		t.Errorf("emptied it shows %q", got)
	}
}

// TestNetwork: the network loses texts, or is late, until it is good again.
func TestNetwork(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	c.act("lost")
	c.text("never seen")
	c.act("good")
	c.text("first")
	c.act("late")
	c.text("not yet")
	if got := c.screen(); !strings.Contains(got, "first") || strings.Contains(got, "never") || strings.Contains(got, "not yet") {
		t.Errorf("the screen shows %q", got)
	}
	_, page := send(t, c.h, http.MethodGet, ada, nil)
	for _, b := range page.All("[name=act]") {
		if state := b.Attr["aria-pressed"]; state != "" && (state == "true") != (b.Attr["value"] == "late") {
			t.Errorf("%s is pressed: %s", b.Attr["value"], state)
		}
	}
}

// TestPhonesThatAreNot: unknown numbers, unknown acts, and a rack of nonsense.
func TestPhonesThatAreNot(t *testing.T) {
	t.Parallel()
	c := newCarrier(t)
	for path, want := range map[string]int{"/phones/436641000002": http.StatusNotFound, "/phones/+436641000001": http.StatusNotFound, ada: http.StatusOK} {
		if status, _ := send(t, c.h, http.MethodGet, path, nil); status != want {
			t.Errorf("%s: status %d; want %d", path, status, want)
		}
	}
	if status, _ := send(t, c.h, http.MethodPost, ada, url.Values{"act": {"explode"}}); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Errorf("an unknown act: status %d", status)
	}
	h := handler(t, shelf(t, &lab.Memory{}, at(noon)), at(noon))
	if status, _ := send(t, h, http.MethodGet, ada, nil); status != http.StatusNotFound {
		t.Errorf("a lab without phones: status %d", status)
	}
	for _, number := range []string{"", "+", "436641000001", "+43 664", "+43664/../x"} {
		if _, err := lab.NewRack(c.center, lab.Phone{Number: number}); err == nil {
			t.Errorf("%q is taken for a number", number)
		}
	}
}

// Without phones that have the bank's app, and for one that is not there, there is no page; and
// what is typed into an app that is empty says so.
func TestPhonesWithTheApp(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return time.Unix(1_800_000_000, 0) }
	apps := &lab.Mobiles{Phones: []lab.Mobile{{ID: "lena", Label: "Lena", Application: "bank"}}, Server: "http://127.0.0.1:1", HTTP: &http.Client{}, Store: &lab.Memory{}, Now: clock, Rand: rand.Reader}
	for _, c := range []struct {
		apps   *lab.Mobiles
		path   string
		act    string
		status int
		says   string
	}{
		{nil, "/mobiles/lena", "", http.StatusNotFound, ""},
		{nil, "/mobiles/lena", "code", http.StatusNotFound, ""},
		{apps, "/mobiles/other", "", http.StatusNotFound, ""},
		{apps, "/mobiles/lena", "", http.StatusOK, "There is no token in the app yet"},
		{apps, "/mobiles/lena", "code", http.StatusUnprocessableEntity, "has no token yet"},
		{apps, "/mobiles/lena", "activate", http.StatusUnprocessableEntity, ""},
	} {
		h, err := lab.New(lab.Config{Shelf: lab.NewShelf(&lab.Memory{}, clock), Apps: c.apps, Now: clock, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		if c.act != "" {
			r = httptest.NewRequest(http.MethodPost, c.path, strings.NewReader("act="+c.act+"&pin=295174&typed=1"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %q: %d\n%s", c.path, c.act, w.Code, w.Body)
		}
	}
}
