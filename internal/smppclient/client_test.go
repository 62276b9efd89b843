package smppclient_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

func TestReceiptsOfAllShapesNameTheMessage(t *testing.T) {
	t.Parallel()
	for _, shape := range []smscenter.Shape{smscenter.Standard, smscenter.TextOnly, smscenter.Parameters, smscenter.Odd} {
		for _, ids := range []smpp.IDForm{smpp.SameIDs, smpp.HexThenDec, smpp.DecThenHex} {
			w := open(t, smscenter.Config{Shape: shape, IDs: ids}, smppclient.Config{IDs: ids})
			w.bound(1)
			w.center.Next(smscenter.Fate{}, smscenter.Fate{ReceiptFirst: true}, smscenter.Fate{State: smpp.Undeliverable, Code: "012"})
			for i, want := range []sms.State{sms.Delivered, sms.Delivered, sms.Failed} {
				refs := w.submit("hello")
				r := w.got.next(t)
				if len(refs) != 1 || r.Reference != refs[0] || r.State != want || r.Gateway != "test" || i == 2 && shape != smscenter.Parameters && r.Code != "012" {
					t.Errorf("shape %d, ids %d, message %d: reference %v, receipt %+v", shape, ids, i, refs, r)
				}
			}
		}
	}
}

func TestLongTextsArriveWhole(t *testing.T) {
	t.Parallel()
	for how, parts := range map[smpp.Long]int{smpp.ByHeader: 3, smpp.BySAR: 3, smpp.ByPayload: 1} {
		w := open(t, smscenter.Config{}, smppclient.Config{Long: how})
		w.bound(1)
		text := strings.Repeat("Pay 90 € to Жанна 😀 ", 8)
		if refs := w.submit(text); len(refs) != parts {
			t.Errorf("%d: %d parts", how, len(refs))
		}
		got, err := w.center.Wait(patience(t), number, 1)
		if err != nil || got[0].Text != text || got[0].From != "Bank" {
			t.Errorf("%d: %+v, %v", how, got, err)
		}
	}
}

// TestThrottling moves the clock by what it is told, and counts the requests.
func TestThrottling(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{})
	w.bound(1)
	w.center.Next(smscenter.Fate{Status: smpp.Throttled}, smscenter.Fate{Status: smpp.QueueFull}, smscenter.Fate{Status: smpp.Throttled})
	for i, want := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second} {
		for again := range 2 { // the second is refused without asking the center
			_, err := w.client.Submit(t.Context(), w.message("x"))
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Kind != fault.Limited || f.RetryAfter != want || outbox.IsPermanent(err) {
				t.Fatalf("refusal %d, %d: %v", i, again, err)
			}
		}
		if n := w.center.Stats().Submitted; n != i+1 {
			t.Errorf("the center was asked %d times", n)
		}
		w.clock.advance(want)
	}
	w.submit("x")
	w.center.Next(smscenter.Fate{Status: smpp.Throttled})
	if _, err := w.client.Submit(t.Context(), w.message("x")); fault.From(err).RetryAfter != 500*time.Millisecond {
		t.Errorf("after a message was taken: %v", err)
	}
	if s := w.client.Stats(); s.Taken != 1 || s.Throttled != 4 || s.Refused != 4 {
		t.Errorf("%+v", s)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{})
	w.bound(1)
	for status, permanent := range map[smpp.Status]bool{smpp.InvalidDest: true, smpp.SystemError: false, smpp.SubmitFailed: false, 0x400: false} {
		w.center.Next(smscenter.Fate{Status: status})
		_, err := w.client.Submit(t.Context(), w.message("Your code is 123456"))
		if err == nil || outbox.IsPermanent(err) != permanent || strings.Contains(err.Error(), "123456") || strings.Contains(err.Error(), number[1:]) {
			t.Errorf("%s: %v", status, err)
		}
	}
	late := w.message("x")
	late.Expires = w.clock.Now()
	if _, err := w.client.Submit(t.Context(), late); !outbox.IsPermanent(err) {
		t.Errorf("an expired message: %v", err)
	}
	if n := w.center.Stats().Submitted; n != 4 {
		t.Errorf("%d messages came", n)
	}
}

func TestTheSessionComesBack(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{})
	w.bound(1)
	w.center.Next(smscenter.Fate{Disconnect: true})
	if _, err := w.client.Submit(t.Context(), w.message("one")); err == nil || outbox.IsPermanent(err) {
		t.Errorf("cut off: %v", err)
	}
	eventually(t, func() bool { return w.center.Stats().Binds == 2 && w.client.Stats().Sessions == 1 })
	w.submit("two")
	w.got.next(t) // the receipt of the first came with the second bind
	w.got.next(t)
	if got, err := w.center.Wait(patience(t), number, 2); err != nil || len(got) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReceiptsThatCannotBeStoredAreRepeated(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{})
	w.got.fail = func(n int) error {
		if n == 1 {
			return errors.New("the database is away")
		}
		return nil
	}
	w.bound(1)
	refs := w.submit("x")
	eventually(t, func() bool { w.got.mu.Lock(); defer w.got.mu.Unlock(); return len(w.got.got) == 1 })
	for w.center.Disconnect(); len(w.got.came) == 0; { // the center repeats when we bind anew
		time.Sleep(time.Millisecond)
		w.center.Disconnect()
	}
	if r := w.got.next(t); r.Reference != refs[0] {
		t.Errorf("%+v", r)
	}
}

func TestSilentCentersAreAskedAndLeft(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{Timeout: 50 * time.Millisecond, Enquire: time.Hour})
	w.bound(1)
	w.center.Next(smscenter.Fate{Silent: true})
	if _, err := w.client.Submit(t.Context(), w.message("x")); err == nil || outbox.IsPermanent(err) {
		t.Errorf("not answered: %v", err)
	}
	if err := w.center.Until(patience(t), func(s smscenter.Stats) bool { return s.Enquiries > 0 }); err != nil {
		t.Error(err)
	}
	if s := w.client.Stats(); s.Timeouts != 1 {
		t.Errorf("%+v", s)
	}
}

func TestSilenceIsAskedAfter(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{Enquire: time.Millisecond})
	if err := w.center.Until(patience(t), func(s smscenter.Stats) bool { return s.Enquiries > 2 }); err != nil {
		t.Error(err)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{Accounts: map[string]string{"bank": "other"}}, smppclient.Config{})
	eventually(t, func() bool { return strings.Contains(w.client.Stats().Why, "invalid password") })
	if _, err := w.client.Submit(t.Context(), w.message("x")); !fault.Is(err, "smpp.no_session") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// TestManyAtOnce fills the windows of several sessions.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{Sessions: 3, Window: 2})
	w.bound(3)
	const texts = 200
	var wg sync.WaitGroup
	var mu sync.Mutex
	want := map[string]bool{}
	for range texts {
		wg.Go(func() {
			refs, err := w.client.Submit(t.Context(), w.message("x"))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			want[refs[0]] = true
		})
	}
	wg.Wait()
	for range texts {
		delete(want, w.got.next(t).Reference)
	}
	if len(want) > 0 {
		t.Errorf("%d messages have no receipt", len(want))
	}
}

// TestStopFinishesWhatIsUnderWay stops the client while a response is awaited.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := open(t, smscenter.Config{}, smppclient.Config{})
	w.bound(1)
	w.submit("x")
	w.got.next(t)
	w.stop()
	if s := w.client.Stats(); s.Sessions != 0 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := w.client.Submit(t.Context(), w.message("x")); err == nil {
		t.Error("a stopped client took a message")
	}
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	good := smppclient.Config{Name: "a", Address: "h:1", SystemID: "bank", Password: []byte("12345678"), Source: "My Bank"}
	if _, err := smppclient.New(good); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		spoil func(*smppclient.Config)
		code  string
	}{
		"address":       {func(c *smppclient.Config) { c.Address = "host" }, "smpp.address"},
		"login":         {func(c *smppclient.Config) { c.SystemID = "" }, "smpp.login"},
		"long password": {func(c *smppclient.Config) { c.Password = []byte("123456789") }, "smpp.login"},
		"long sender":   {func(c *smppclient.Config) { c.Source = "Bank of Somewhere" }, "smpp.source"},
		"odd sender":    {func(c *smppclient.Config) { c.Source = "Банк" }, "smpp.source"},
		"no sender":     {func(c *smppclient.Config) { c.Source = "" }, "smpp.source"},
	} {
		bad := good
		c.spoil(&bad)
		if _, err := smppclient.New(bad); !fault.Is(err, c.code) || strings.Contains(err.Error(), "12345678") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
