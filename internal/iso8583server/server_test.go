package iso8583server_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/iso8583server"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/iso8583"
)

// DI-6 to DI-9, DI-224: what a message says arrives at the issuer, in every profile, and the answer goes back with its code.
func TestDI224AuthorizationOverTheWire(t *testing.T) {
	t.Parallel()
	for _, name := range iso8583.Names() {
		w := newWorld(t, name, nil)
		a := w.dial().ask(payment("000123"))
		if a.MTI != iso8583.AuthorizationResponse || a.Text(39) != "00" || a.Text(38) != "123456" || a.Text(11) != "000123" || a.Text(4) != "000000004000" {
			t.Errorf("%s: %v", name, a)
		}
		r := w.desk.requests[0]
		if r.Number != "4900000000000003" || r.Amount != 4000 || r.Currency != "EUR" || r.Merchant.ID != "MERCHANT0000001" || r.Merchant.Category != "5411" || !r.Contactless || r.Path != issuing.Network ||
			r.Chip.Transaction.ATC != 28 || r.Chip.Transaction.Amount != 4000 || r.Chip.Application.Index != 6056207 || string(r.Chip.Cryptogram) != "12345678" || r.Chip.Transaction.Date != "261123" {
			t.Errorf("%s: %+v, %+v", name, r, r.Chip)
		}
		if strings.Contains(w.log.String(), "4900000000000003") {
			t.Error("ISO-10: a number is in the log")
		}
	}
}

// Many messages on one connection: a slow one holds nobody up, and answers are told apart by their numbers.
func TestMessagesAreWorkedOnAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-bcd", nil)
	release := make(chan struct{})
	w.desk.decide = func(r issuing.Request) (issuing.Decision, error) {
		if strings.Contains(r.Key, "|000001|") {
			<-release
		}
		return issuing.Decision{Outcome: issuing.Approve, Approved: r.Amount, Code: "000000"}, nil
	}
	l := w.dial()
	for i := 1; i <= 10; i++ {
		l.send(payment(fmt.Sprintf("%06d", i)))
	}
	seen := map[string]bool{}
	for range 9 {
		seen[l.receive().Text(11)] = true
	}
	if len(seen) != 9 || seen["000001"] {
		t.Errorf("%v", seen)
	}
	close(release)
	if a := l.receive(); a.Text(11) != "000001" {
		t.Errorf("%v", a)
	}
}

// Each outcome has its code, and nothing but an approval has an authorization code.
func TestOutcomesHaveTheirCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-ascii", nil)
	l := w.dial()
	for want, d := range map[string]issuing.Decision{
		"10": {Outcome: issuing.Partial, Approved: 1500, Code: "111111"}, "01": {Outcome: issuing.Refer}, "65": {Outcome: issuing.StepUp, Reason: issuing.Pattern},
		"14": {Outcome: issuing.Decline, Reason: issuing.UnknownToken}, "54": {Outcome: issuing.Decline, Reason: issuing.Expired}, "62": {Outcome: issuing.Decline, Reason: issuing.Suspended},
		"57": {Outcome: issuing.Decline, Reason: issuing.OtherDevice}, "82": {Outcome: issuing.Decline, Reason: issuing.WornKey}, "59": {Outcome: issuing.Decline, Reason: issuing.Pattern},
		"61": {Outcome: issuing.Decline, Reason: issuing.Restriction}, "94": {Outcome: issuing.Decline, Reason: issuing.Duplicate}, "05": {Outcome: issuing.Decline, Reason: issuing.Reversed},
	} {
		w.desk.decide = func(issuing.Request) (issuing.Decision, error) { return d, nil }
		a := l.ask(payment("000001"))
		if a.Text(39) != want || a.Has(38) != d.Approves() {
			t.Errorf("%+v: %v", d, a)
		}
		if d.Approves() && a.Text(4) != "000000001500" {
			t.Errorf("a part: %v", a)
		}
	}
	for want, err := range map[string]error{"91": errors.New("the database is away"), "30": fault.Invalidf("issuing.request", "No.")} {
		w.desk.decide = func(issuing.Request) (issuing.Decision, error) { return issuing.Decision{}, err }
		if a := l.ask(payment("000001")); a.Text(39) != want {
			t.Errorf("%v: %v", err, a)
		}
	}
}

// ISO-4, ISO-5: advices are answered with an approval whatever the issuer thinks; a reversal names its original as the original named itself, in both
// forms of DE 32.
func TestISO4AdvicesAndReversals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-bcd", nil)
	l := w.dial()
	l.ask(payment("000123"))
	advice := payment("000124")
	advice.MTI = iso8583.AuthorizationAdvice
	advice.SetText(38, "A1B2C3")
	advice.SetText(39, "00")
	if a := l.ask(advice); a.MTI != iso8583.AdviceResponse || a.Text(39) != "00" || w.desk.advices[0].Approved != 4000 || w.desk.advices[0].Code != "A1B2C3" {
		t.Errorf("%v, %+v", a, w.desk.advices)
	}
	refused := payment("000125")
	refused.MTI = iso8583.AuthorizationAdvice
	refused.SetText(39, "05")
	if a := l.ask(refused); a.Text(39) != "00" || w.desk.advices[1].Approved != 0 {
		t.Errorf("%v, %+v", a, w.desk.advices)
	}
	reversal := payment("000126")
	reversal.MTI = iso8583.ReversalAdvice + 1
	reversal.Clear(55)
	reversal.SetText(90, "0100"+"000123"+"1123101530"+"00000123456"+"00000000000")
	if a := l.ask(reversal); a.MTI != iso8583.ReversalAdviceAnswer || a.Text(39) != "00" || w.desk.reversals[0].Original != w.desk.requests[0].Key || w.desk.reversals[0].Paid != 0 ||
		w.desk.reversals[0].Number != "4900000000000003" || w.desk.reversals[0].Currency != "EUR" {
		t.Errorf("%v, %+v", a, w.desk.reversals)
	}
	for code, late := range map[string]bool{"68": true, "17": false} {
		reversal.SetText(39, code)
		if l.ask(reversal); w.desk.reversals[len(w.desk.reversals)-1].Late != late {
			t.Errorf("code %s: late is not %v", code, late)
		}
	}
	reversal.Clear(39)
	w.desk.reversals = w.desk.reversals[:1]
	reversal.SetText(95, "000000001000"+strings.Repeat("0", 30))
	if a := l.ask(reversal); a.Text(39) != "00" || w.desk.reversals[1].Paid != 1000 || w.desk.reversals[1].Key != w.desk.reversals[0].Key {
		t.Errorf("%v, %+v", a, w.desk.reversals)
	}
	for _, bad := range []string{"000000009000", "000000004000", "00000000400A", "-00000000001"} {
		reversal.SetText(95, bad+strings.Repeat("0", 30))
		if a := l.ask(reversal); a.Text(39) != "30" || a.Text(44) != "095" {
			t.Errorf("%s: %v", bad, a)
		}
	}
}

// ISO-4: an advice is taken without data of a chip, with codes of approvals that only the network has, and with the key of another one; what does not fit stands in
// the log.
func TestISO4AdvicesThatDoNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-bcd", nil)
	l := w.dial()
	for i, x := range []struct {
		code, approval string
		chip           []byte
		duplicate      bool
		approved       int64
		note           string
	}{
		{"00", "A1B2C3", nil, false, 4000, "tag 9F02 is not there"},
		{"00", "A1B2C3", []byte{0x9F}, false, 4000, "it is no BER-TLV"},
		{"11", "A1B2C3", chip(), false, 4000, "DE 39 that the profile does not have"},
		{"85", "", chip(), false, 0, "DE 39 that the profile does not have"},
		{"00", "A1B2C3", chip(), true, 4000, "its key is another's"},
	} {
		w.desk.advised = issuing.Decision{}
		if x.duplicate {
			w.desk.advised.Reason = issuing.Duplicate
		}
		m := payment(fmt.Sprintf("%06d", i))
		m.MTI = iso8583.AuthorizationAdvice
		if m.Clear(55); x.chip != nil {
			m.Set(55, x.chip)
		}
		if m.SetText(39, x.code); x.approval != "" {
			m.SetText(38, x.approval)
		}
		w.log.reset()
		a := l.ask(m)
		if got := w.desk.advices[len(w.desk.advices)-1]; len(w.desk.advices) != i+1 || a.MTI != iso8583.AdviceResponse || a.Text(39) != "00" || got.Approved != x.approved || (got.Chip != nil) != (len(x.chip) > 1) {
			t.Errorf("%d: %v, %+v", i, a, got)
		}
		if shown := w.log.String(); !strings.Contains(shown, x.note) {
			t.Errorf("%d: %q", i, shown)
		}
	}
}

// Less than all of it is asked for and told where merchants take that: a request says so to the desk, and an advice of a part keeps what the chip vouched for.
func TestApprovalsOfAPart(t *testing.T) {
	t.Parallel()
	for _, takes := range []bool{false, true} {
		w := newWorld(t, "iso87-bcd", func(c *iso8583server.Config) { c.Partial = takes })
		l := w.dial()
		l.ask(payment("000001"))
		if w.desk.requests[0].Partial != takes {
			t.Errorf("%t: %+v", takes, w.desk.requests[0])
		}
		m := payment("000002")
		m.MTI = iso8583.AuthorizationAdvice
		m.SetText(39, "10")
		m.SetText(4, "000000001500")
		if a := l.ask(m); a.Text(39) != "00" || w.desk.advices[0].Approved != 1500 || w.desk.advices[0].Amount != 4000 {
			t.Errorf("%v, %+v", a, w.desk.advices[0])
		}
	}
}

// DE 90 names an authorization or an advice, with or without its acquirer. What it names with another token is not found by a request, and an advice of it
// is taken and on record.
func TestOriginalsOfReversals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-bcd", nil)
	l := w.dial()
	l.ask(payment("000123"))
	reversal := payment("000126")
	reversal.MTI = iso8583.ReversalRequest
	reversal.Clear(55)
	for mti, want := range map[string]string{"0100": "00", "0101": "00", "0120": "00", "0400": "30", "0200": "30", "0000": "30", "0110": "30"} {
		reversal.SetText(90, mti+"000123"+"1123101530"+strings.Repeat("0", 22))
		if a := l.ask(reversal); a.Text(39) != want || (want == "30") != (a.Text(44) == "090") {
			t.Errorf("%s: %v", mti, a)
		}
	}
	reversal.SetText(90, "0100"+"000123"+"1123101530"+strings.Repeat("0", 22))
	w.desk.back = issuing.Returned{Other: "token"}
	for mti, want := range map[iso8583.MTI]string{400: "25", 401: "25", 420: "00", 421: "00"} {
		reversal.MTI = mti
		if a := l.ask(reversal); a.Text(39) != want || w.desk.reversals[len(w.desk.reversals)-1].Original != w.desk.requests[0].Key {
			t.Errorf("%v: %v", mti, a)
		}
	}
	if !strings.Contains(w.log.String(), "other=token") {
		t.Errorf("nobody is told: %s", w.log)
	}
}

// ISO-9: echo and heartbeat always; payments only after a sign-on, on this connection, where it is asked for.
func TestISO9SignOnAndHeartbeat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-binary", func(c *iso8583server.Config) { c.SignOn = true })
	l, other := w.dial(), w.dial()
	for _, step := range []struct {
		m    *iso8583.Message
		want string
	}{
		{network("301"), "00"}, {payment("000001"), "63"}, {network("001"), "00"}, {payment("000002"), "00"}, {network("002"), "00"}, {payment("000003"), "63"}, {network("999"), "57"},
	} {
		if a := l.ask(step.m); a.Text(39) != step.want {
			t.Errorf("%v: %v", step.m, a)
		}
	}
	if a := other.ask(payment("000004")); a.Text(39) != "63" || len(w.desk.requests) != 1 {
		t.Errorf("another connection: %v", a)
	}
	l.raw(nil)
	if b, err := w.profile.Framing.Read(l.Conn, nil); err != nil || len(b) != 0 {
		t.Errorf("a heartbeat: %x, %v", b, err)
	}
}

// What is sent behind a sign-on without waiting for its answer is signed on, and what was sent before a sign-off too.
func TestISO9InTheOrderOfTheConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-bcd", func(c *iso8583server.Config) { c.SignOn = true })
	l := w.dial()
	for i := range 300 {
		var all []byte
		for _, m := range []*iso8583.Message{network("001"), payment(fmt.Sprintf("%06d", 2*i+1)), network("002"), payment(fmt.Sprintf("%06d", 2*i+2))} {
			b, err := w.profile.Append(nil, m)
			if err != nil {
				t.Fatal(err)
			}
			if all, err = w.profile.Framing.Append(all, b); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Write(all); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			want := "00"
			a := l.receive()
			if a.Text(11) == fmt.Sprintf("%06d", 2*i+2) && !a.Has(70) {
				want = "63"
			}
			if a.Text(39) != want {
				t.Fatalf("%d: %v", i, a)
			}
		}
	}
}

// ISO-7, ISO-8: format errors have the number of their field; other types are dropped; after either the connection goes on.
func TestISO8FormatErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-ascii", nil)
	l := w.dial()
	for field, change := range map[string]func(*iso8583.Message){
		"041": func(m *iso8583.Message) { m.Clear(41) },
		"070": func(m *iso8583.Message) { m.SetText(70, "301") },
		"049": func(m *iso8583.Message) { m.SetText(49, "999") },
		"055": func(m *iso8583.Message) { m.Set(55, []byte{0x9F}) },
	} {
		m := payment("000001")
		change(m)
		if a := l.ask(m); a.Text(39) != "30" || a.Text(44) != field {
			t.Errorf("%s: %v", field, a)
		}
	}
	for name, b := range map[string][]byte{
		"a tag twice": append(chip(), chip()...), "no cryptogram": iso8583.AppendTag(nil, iso8583.TagAIP, []byte{1, 2}), "a long counter": iso8583.AppendTag(nil, iso8583.TagCounter, []byte{1, 2, 3}),
		"letters in an amount": iso8583.AppendTag(nil, iso8583.TagAmount, []byte{0, 0, 0, 0, 0, 0x0A}), "application data of others": iso8583.AppendTag(nil, iso8583.TagApplicationData, []byte{6, 1, 18, 3, 0, 0, 0}),
	} {
		m := payment("000001")
		m.Set(55, b[:min(len(b), 255)])
		if a := l.ask(m); a.Text(39) != "30" || a.Text(44) != "055" {
			t.Errorf("%s: %v", name, a)
		}
	}
	l.raw([]byte("02000000000000000000"))
	l.raw([]byte("nonsense"))
	l.raw([]byte("01107000000000000000164900000000000003000000000000004000"))
	if a := l.ask(payment("000002")); a.Text(11) != "000002" || a.Text(39) != "00" {
		t.Errorf("after nonsense: %v", a)
	}
	if len(w.desk.requests) != 1 {
		t.Errorf("%d requests came through", len(w.desk.requests))
	}
}

// A length that is none ends the connection; too many connections are closed at once; a stop answers what was read.
func TestConnectionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "iso87-ascii", func(c *iso8583server.Config) { c.Most = 2 })
	l := w.dial()
	if _, err := l.Write([]byte("xxxx")); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("%d, %v", n, err)
	}
	entered, release := make(chan struct{}), make(chan struct{})
	w.desk.decide = func(r issuing.Request) (issuing.Decision, error) {
		close(entered)
		<-release
		return issuing.Decision{Outcome: issuing.Approve, Approved: r.Amount, Code: "000000"}, nil
	}
	busy, second := w.dial(), w.dial()
	busy.send(payment("000001"))
	<-entered
	second.ask(network("301"))
	third := w.dial()
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("a third connection was served")
	}
	stopped := make(chan struct{})
	go func() { w.stop(); close(stopped) }()
	if _, err := second.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("an idle connection after the stop: %v", err)
	}
	close(release)
	if a := busy.receive(); a.Text(39) != "00" {
		t.Errorf("%v", a)
	}
	<-stopped
}

// Profiles of one's own may have fields otherwise, and a program has mistakes: neither ends the server, and neither is an approval.
func TestNothingEndsTheServer(t *testing.T) {
	t.Parallel()
	own, err := iso8583.ParseProfile([]byte(`{"name": "own", "extends": "iso87-bcd", "fields": {"90": {"format": "n..42"}, "95": {"format": "an..42"}},
		"messages": {"0110": {"must": "3 4 7 11 39", "may": "2 12 13 32 37 41 42 43 44 49"}, "0400": {"must": "2 4 7 11 32 41 49", "may": "3 12 13 18 19 22 25 37 42 43 90 95", "echo": "2 4 7 11 32 41"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "iso87-bcd", func(c *iso8583server.Config) { c.Profile = own })
	w.profile = own
	l := w.dial()
	if a := l.ask(payment("000001")); a.Text(39) != "00" || a.Has(38) {
		t.Errorf("without DE 38: %v", a)
	}
	reversal := payment("000002")
	reversal.MTI = iso8583.ReversalRequest
	reversal.Clear(55)
	for _, original := range []string{"", "1", "0100000001"} {
		if reversal.Clear(90); original != "" {
			reversal.SetText(90, original)
		}
		if a := l.ask(reversal); a.Text(39) != "30" || a.Text(44) != "090" {
			t.Errorf("DE 90 %q: %v", original, a)
		}
	}
	reversal.SetText(90, "0100"+"000001"+"1123101530"+strings.Repeat("0", 22))
	reversal.SetText(95, "1000")
	if a := l.ask(reversal); a.Text(39) != "00" || w.desk.reversals[0].Paid != 1000 {
		t.Errorf("DE 95 is short: %v", a)
	}
	w.desk.decide = func(issuing.Request) (issuing.Decision, error) { panic("a mistake") }
	if a := l.ask(payment("000003")); a.Text(39) != "91" || a.Has(38) {
		t.Errorf("%v", a)
	}
	w.desk.decide = nil
	if a := l.ask(payment("000004")); a.Text(39) != "00" {
		t.Errorf("afterwards: %v", a)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	t.Parallel()
	good := iso8583server.Config{Desk: &desk{}, Idle: time.Minute, Room: 1, Most: 1}
	if _, err := iso8583server.New(good); err == nil {
		t.Error("no profile")
	}
	w := newWorld(t, "iso87-ascii", nil)
	good.Profile = w.profile
	if _, err := iso8583server.New(good); err == nil {
		t.Error("no log")
	}
}
