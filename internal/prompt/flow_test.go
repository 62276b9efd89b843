package prompt_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/prompt"
)

const (
	iban      = "NO9386011117947"
	otherIBAN = "DE89370400440532013000"
)

// TestLogin: asked, waited for, approved, used; number matching.
func TestLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 2)
		o := w.start("100")
		if _, err := w.step(o, "app", ""); err == nil {
			t.Fatal("nothing was asked")
		} else {
			want(t, err, "prompt.none")
		}
		ch := w.ask(o, "app")
		if ch.Kind != authenticator.KindApproval || len(ch.Control) != 2 || ch.Poll <= 0 || !ch.Expires.Equal(w.clock.Now().Add(2*time.Minute)) || ch.Withheld != "" || ch.Picture != "" {
			t.Fatalf("challenge: %+v", ch)
		}
		_, err := w.step(o, "app", "")
		want(t, err, "prompt.pending")
		_, err = w.step(o, "app", "123456")
		want(t, err, "prompt.no_code")
		if got := w.get(o); got.Asked == nil || got.Asked.State != authenticator.Awaited || got.Asked.Control != ch.Control || got.Asked.Policy != "app" {
			t.Fatalf("awaited: %+v", got.Asked)
		}
		in := phones[0].inbox()
		if len(in) != 1 || len(phones[1].inbox()) != 1 || !in[0].Matching {
			t.Fatalf("inbox: %+v", in)
		}
		shown := lines(t, in[0].Content)
		if d := cmp.Diff(prompt.Content{Version: 1, ID: ch.ID.String(), Bank: "Example Bank", Kind: "login", At: w.clock.Now().Truncate(time.Millisecond), Lines: [][2]string{{"Action", "Log in"}, {"Where", "On the web"}}}, shown); d != "" {
			t.Fatal(d)
		}
		got, err := phones[0].approve(t.Context(), in[0], ch.Control)
		if err != nil || !got.Accepted || got.Status != prompt.Approved {
			t.Fatal(got, err)
		}
		if again, err := phones[0].approve(t.Context(), in[0], ch.Control); err != nil || again != got {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		if late, err := phones[1].approve(t.Context(), in[0], ch.Control); err != nil || late.Accepted || late.Status != prompt.Approved {
			t.Errorf("the other phone: %+v, %v", late, err)
		}
		if got := w.get(o); got.State != hub.Open || got.Asked.State != authenticator.Agreed {
			t.Fatalf("approved: %+v", got)
		}
		out, err := w.step(o, "app", "")
		if err != nil || out.State != hub.Granted || out.Factors != authenticator.Possession|authenticator.Knowledge {
			t.Fatal(out, err)
		}
		if s := w.status(ch.ID); s != prompt.Used || w.failures(c) != 0 || len(phones[0].inbox()) != 0 {
			t.Errorf("%s, %d failures", s, w.failures(c))
		}
		w.asserts(o, phones[0], ch)
	})
}

// asserts checks what the assertion says of an approval.
func (w *world) asserts(o hub.Outcome, p phone, ch authenticator.Challenge) {
	w.Helper()
	a, err := w.hub.Assert(w.Context(), app(), o.Handle, "")
	w.check(err)
	set, err := w.issuer.Archive(w.Context())
	w.check(err)
	claims, _, err := evidence.Verify(a.Text, set)
	w.check(err)
	var serial string
	it, err := w.tokens.Get(w.Context(), p.customer, p.token)
	w.check(err)
	serial = it.Serial
	m := claims.Methods[0]
	content := w.prompt(ch.ID).Content
	if m.Device == "" || serial == "" || m.Shown == nil || m.Shown.Content != content || m.Shown.Digest != prompt.Digest(content) || m.Shown.ID != ch.ID.String() || m.Shown.Control != ch.Control || claims.Class != evidence.ClassSCA {
		w.Errorf("%+v %+v of %s", m, m.Shown, serial)
	}
}

// TestPayment: the phone shows amount and payee, and what it approves is that payment.
func TestPayment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phones := w.customer("100", 1)
		o := w.start("100", pay(t, "12.00", iban))
		ch := w.ask(o, "app-sign")
		in := phones[0].inbox()
		shown := lines(t, in[0].Content)
		if d := cmp.Diff([][2]string{{"Amount", "12.00 EUR"}, {"To", "Kari Nordmann"}, {"Account", "NO93 8601 1117 947"}, {"Reference", "Invoice 7"}}, shown.Lines); d != "" || shown.Kind != "payment" {
			t.Fatal(d, shown.Kind)
		}
		// an answer to anything else than what was shown is none
		changed := in[0]
		changed.Content = strings.Replace(changed.Content, "12.00", "13.00", 1)
		if got, err := phones[0].approve(t.Context(), changed, ch.Control); err != nil || got.Accepted || got.Status != prompt.Pending {
			t.Fatal(got, err)
		}
		if got, err := phones[0].approve(t.Context(), in[0], ch.Control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		out, err := w.step(o, "app-sign", "")
		if err != nil || out.State != hub.Granted {
			t.Fatal(out, err)
		}
		a, err := w.hub.Granted(t.Context(), app(), out)
		if err != nil || a.Claims.Payment == nil || a.Claims.Payment.Amount != "12.00" || a.Claims.Methods[0].Shown == nil {
			t.Errorf("%+v, %v", a.Claims, err)
		}
		// an approval of one payment is none of another
		next := w.start("100", pay(t, "13.00", iban))
		if _, err := w.step(next, "app-sign", ""); err == nil {
			t.Error("approved without having been asked")
		}
	})
}

// TestContents: languages, batches, both screens.
func TestContents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 1)
		w.exec("UPDATE customer SET locale = 'de-AT' WHERE id = $1", c)
		var orders []payment.Order
		for i := range 12 {
			orders = append(orders, payment.Order{Amount: "1." + string(rune('0'+i%10)) + "0", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: iban, Name: "A\u202e" + strings.Repeat("b", 100)}})
		}
		batch, err := payment.New(orders...)
		if err != nil { // names may not carry marks of direction at all
			for i := range orders {
				orders[i].Payee.Name = strings.Repeat("b", 100)
			}
			batch, err = payment.New(orders...)
			w.check(err)
		}
		o := w.start("100", batch)
		w.ask(o, "app-sign")
		shown := lines(t, phones[0].inbox()[0].Content).Lines
		if shown[0] != [2]string{"Summe", batch.Total().String()} || shown[1] != [2]string{"Zahlungen", "12"} || shown[len(shown)-2] != [2]string{"Weitere Zahlungen", "2"} ||
			shown[len(shown)-1] != [2]string{"Prüfzeichen", batch.Hash().String()[:16]} || len(shown) != 2+10*3+2 {
			t.Errorf("%q", shown)
		}
		if strings.Contains(strings.Join(flat(shown), ""), "\u202e") {
			t.Error("a mark of direction is shown")
		}
		pic := w.ask(o, "picture-sign")
		if small := lines(t, w.prompt(pic.ID).Content).Lines; len(small) != 2+3*3+2 || !strings.HasSuffix(small[3][1], "…") {
			t.Errorf("a picture: %q", small)
		}
		shownOn, err := w.hub.Start(t.Context(), app(), hub.Start{CustomerNumber: "100", Purpose: "login", Channel: "mobile"})
		w.check(err)
		ch := w.ask(shownOn, "shown")
		p := w.prompt(ch.ID)
		if got := lines(t, p.Content); got.Control != ch.Control || got.Lines[0][1] != "Anmelden" {
			t.Errorf("both screens: %+v", got)
		}
		if got, err := phones[0].approve(t.Context(), p, ch.Control); err != nil || !got.Accepted {
			t.Error(got, err)
		}
	})
}

func flat(lines [][2]string) (all []string) {
	for _, l := range lines {
		all = append(all, l[0], l[1])
	}
	return all
}

// TestWrongAnswers: they count on the token, block it, and look all the same.
func TestWrongAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 2)
		o, x, control := w.asked("100")
		p := phones[0]
		wrongControl := "00"
		if control == wrongControl {
			wrongControl = "01"
		}
		right := p.sign(x.Content, control)
		for name, in := range map[string]prompt.Answer{
			"key":    {Digits: other(right), Control: control},
			"digits": {Digits: p.sign(x.Content, wrongControl), Control: wrongControl},
		} {
			in.Customer, in.Token, in.Prompt = p.customer, p.token, x.ID
			if got, err := w.desk.Approve(t.Context(), p.actor(), in); err != nil || got != (prompt.Outcome{Status: prompt.Pending}) {
				t.Errorf("a wrong %s: %+v, %v", name, got, err)
			}
		}
		if n := w.count("mobile_token WHERE id = $1 AND failures = 2", p.token); n != 1 {
			t.Error("wrong answers did not count")
		}
		_, err := w.desk.Approve(t.Context(), p.actor(), prompt.Answer{Customer: c, Token: p.token, Prompt: x.ID, Digits: "x", Control: control})
		want(t, err, "prompt.answer_form")
		if got, err := p.approve(t.Context(), x, control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		if n := w.count("mobile_token WHERE id = $1 AND failures = 0", p.token); n != 1 {
			t.Error("a right answer did not clear")
		}
		if out, err := w.step(o, "app", ""); err != nil || out.State != hub.Granted {
			t.Fatal(out, err)
		}
		_, y, control := w.asked("100")
		for range 3 {
			if _, err := w.desk.Approve(t.Context(), p.actor(), prompt.Answer{Customer: c, Token: p.token, Prompt: y.ID, Digits: other(p.sign(y.Content, control)), Control: control}); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count("mobile_token WHERE id = $1 AND status = 'blocked'", p.token); n != 1 {
			t.Error("three wrong answers did not block")
		}
		_, err = p.approve(t.Context(), y, control)
		want(t, err, "prompt.unknown")
		if got, err := phones[1].approve(t.Context(), y, control); err != nil || !got.Accepted {
			t.Errorf("the other phone: %+v, %v", got, err)
		}
		if w.failures(c) != 0 {
			t.Error("answers of a token were counted on the customer")
		}
	})
}

// TestRefused: a no ends the authentication at once, and nothing is counted.
func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 2)
		for fraud, status := range map[bool]prompt.Status{false: prompt.Refused, true: prompt.Reported} {
			before := w.refused.Load()
			o, x, control := w.asked("100")
			got, err := phones[0].refuse(t.Context(), x, fraud)
			if err != nil || !got.Accepted || got.Status != status {
				t.Fatal(got, err)
			}
			if again, err := phones[0].refuse(t.Context(), x, fraud); err != nil || again != got {
				t.Errorf("again: %+v, %v", again, err)
			}
			if late, err := phones[1].approve(t.Context(), x, control); err != nil || late.Accepted || late.Status != status {
				t.Errorf("approved after it: %+v, %v", late, err)
			}
			_, err = w.step(o, "app", "")
			want(t, err, "authentication.over")
			why := map[bool]authenticator.Reason{false: hub.Declined, true: hub.Disowned}[fraud]
			if out := w.get(o); out.State != hub.Denied || out.Reason != why || out.Asked != nil {
				t.Errorf("%+v", out)
			}
			if w.failures(c) != 0 || w.refused.Load() != before+1 {
				t.Errorf("%d failures, told %d times", w.failures(c), w.refused.Load()-before)
			}
		}
		if n := w.count("journal WHERE kind IN ('prompt.refused', 'prompt.reported')"); n != 2 {
			t.Errorf("%d records", n)
		}
	})
}

// TestPicture: read off a page, answered by typing, good for exactly one payment and once.
func TestPicture(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 2)
		o := w.start("100", pay(t, "12.00", iban))
		ch := w.ask(o, "picture-sign")
		if ch.Kind != authenticator.KindPicture || ch.Control != "" || ch.Content != "" || strings.Count(ch.Picture, ".") != 2 {
			t.Fatalf("%+v", ch)
		}
		content := w.opened(ch.Picture)
		if len(phones[0].inbox()) != 0 {
			t.Error("a picture is in the inbox")
		}
		if got, err := phones[0].approve(t.Context(), w.prompt(ch.ID), ""); err == nil {
			t.Errorf("a picture was approved online: %+v", got)
		}
		same := w.start("100", pay(t, "13.00", otherIBAN))
		w.ask(same, "picture-sign")
		digits := phones[1].sign(content, "")
		if out, err := w.step(same, "picture-sign", digits); err != nil || out.Accepted || out.Reason != authenticator.Wrong {
			t.Fatalf("good for another payment: %+v, %v", out, err)
		}
		if w.failures(c) != 1 {
			t.Error("not counted")
		}
		if out, err := w.step(o, "picture-sign", digits); err != nil || out.State != hub.Granted || out.Factors != authenticator.Possession|authenticator.Knowledge {
			t.Fatal(out, err)
		}
		if w.status(ch.ID) != prompt.Used || w.prompt(ch.ID).Token != phones[1].token || w.failures(c) != 0 {
			t.Errorf("%+v", w.prompt(ch.ID))
		}
		again := w.start("100", pay(t, "12.00", iban))
		w.ask(again, "picture-sign")
		if out, err := w.step(again, "picture-sign", digits); err != nil || out.Accepted {
			t.Errorf("good twice: %+v, %v", out, err)
		}
		_, err := w.step(again, "picture-sign", "12")
		want(t, err, "prompt.answer_form")
		w.clock.Advance(4 * time.Minute)
		late := w.start("100")
		lch := w.ask(late, "picture")
		old := phones[0].sign(w.opened(lch.Picture), "")
		w.clock.Advance(4 * time.Minute)
		if out, err := w.step(late, "picture", old); err != nil || out.Accepted {
			t.Errorf("good after its time: %+v, %v", out, err)
		}
	})
}

// opened verifies a picture with the published keys, as a phone does.
func (w *world) opened(picture string) string {
	w.Helper()
	published, err := w.issuer.KeySet(w.Context())
	w.check(err)
	var set jose.JSONWebKeySet
	w.check(json.Unmarshal(published, &set))
	jws, err := jose.ParseSignedCompact(picture, []jose.SignatureAlgorithm{jose.ES256})
	w.check(err)
	h := jws.Signatures[0].Protected
	if h.ExtraHeaders[jose.HeaderType] != evidence.TypePicture || len(set.Key(h.KeyID)) != 1 {
		w.Fatalf("header: %+v", h)
	}
	content, err := jws.Verify(set.Key(h.KeyID)[0])
	w.check(err)
	if _, _, err := evidence.Verify(picture, set); err == nil {
		w.Error("a picture is taken for an assertion")
	}
	return string(content)
}

// TestTokenThatDoesNotServe: a token whose application does not serve the policy neither sees
// nor answers what is asked.
func TestTokenThatDoesNotServe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, _ := w.customer("100", 0)
		codes := w.phone(c, "codes")
		_, x, control := w.asked("100")
		if x.Withheld != prompt.NoToken || len(codes.inbox()) != 0 {
			t.Errorf("%+v", x)
		}
		_, err := codes.approve(t.Context(), x, control)
		want(t, err, "prompt.unknown")
		_, err = codes.refuse(t.Context(), x, true)
		want(t, err, "prompt.unknown")
		_, strangers := w.customer("200", 1)
		_, err = strangers[0].approve(t.Context(), x, control)
		want(t, err, "prompt.unknown")
		if _, err := w.tokens.Block(t.Context(), system, mobiletoken.Order{Customer: c, Token: codes.token, Reason: "a test", Warned: true}, time.Time{}); err != nil {
			t.Fatal(err)
		}
	})
}
