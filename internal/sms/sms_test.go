package sms_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
)

func TestATextReachesItsPhone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := takes("one", "7f")
		w.Gateways = []sms.Gateway{g}
		id := w.send(w.text())
		w.is(id, sms.Waiting)
		w.deliver(1)
		m := w.is(id, sms.Sent)
		if m.To != "+47 ••• 67" || m.Gateway != "one" || m.Parts != 1 || m.Sent.IsZero() {
			t.Errorf("%+v", m)
		}
		if got := g.got[0]; got.To != "+4791234567" || got.Body != "Your code is 123456" || got.ID != id || !got.Expires.Equal(w.clock.Now().Add(5*time.Minute)) {
			t.Errorf("the gateway got %+v", got)
		}
		w.receive("7f", sms.Delivered)
		w.is(id, sms.Delivered)
		w.receive("7f", sms.Failed)
		w.is(id, sms.Delivered)
		w.deliver(0)
	})
}

func TestNothingIsSentOfAFailedTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g, refused := takes("one"), errors.New("refused")
		w.Gateways = []sms.Gateway{g}
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := w.Send(tx, tester, w.text())
			return errors.Join(err, refused)
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		w.deliver(0)
	})
}

func TestBadTextsAreRefusedWithoutRepeatingThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			spoil func(*sms.Text)
			code  string
		}{
			"national number": {func(x *sms.Text) { x.To = "91234567" }, "sms.number"},
			"spaces":          {func(x *sms.Text) { x.To = "+47 912 34 567" }, "sms.number"},
			"leading zero":    {func(x *sms.Text) { x.To = "+04791234567" }, "sms.number"},
			"too many digits": {func(x *sms.Text) { x.To = "+4791234567890123" }, "sms.number"},
			"other digits":    {func(x *sms.Text) { x.To = "+47٩١٢٣٤٥٦٧" }, "sms.number"},
			"line break":      {func(x *sms.Text) { x.To = "+4791234567\n" }, "sms.number"},
			"empty":           {func(x *sms.Text) { x.Body = "" }, "sms.body"},
			"too long":        {func(x *sms.Text) { x.Body = strings.Repeat("é", 1001) }, "sms.body"},
			"no class":        {func(x *sms.Text) { x.Class = "" }, "sms.class"},
			"expired":         {func(x *sms.Text) { x.Expires = w.clock.Now() }, "sms.expires"},
			"for ever":        {func(x *sms.Text) { x.Expires = w.clock.Now().Add(49 * time.Hour) }, "sms.expires"},
			"never":           {func(x *sms.Text) { x.Expires = time.Time{} }, "sms.expires"},
			"long dedupe":     {func(x *sms.Text) { x.Dedupe = strings.Repeat("k", 201) }, "sms.dedupe"},
		} {
			x := w.text()
			c.spoil(&x)
			err := w.d.Write(t.Context(), func(tx *db.Tx) error { _, err := w.Send(tx, tester, x); return err })
			if !fault.Is(err, c.code) || x.To != "" && strings.Contains(err.Error(), x.To) || strings.Contains(err.Error(), "123456") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := w.List(t.Context(), sms.Filter{}, 10); err != nil || len(list) != 0 {
			t.Errorf("%d messages, %v", len(list), err)
		}
	})
}

func TestDedupe(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := takes("one", "1")
		w.Gateways = []sms.Gateway{g}
		x := w.text()
		x.Dedupe = "decision 7"
		id := w.send(x)
		w.deliver(1)
		w.clock.Advance(time.Minute)
		x.Expires = x.Expires.Add(time.Minute)
		if again := w.send(x); again != id {
			t.Errorf("the second got %s, the first %s", again, id)
		}
		w.deliver(0)
		x.Class = sms.ClassNotice
		if other := w.send(x); other == id {
			t.Error("another class fell to the same key")
		}
		w.deliver(1)
	})
}

// TestBodyAndNumberAreSealedAndDestroyed reads the columns as a thief of the
// database would.
func TestBodyAndNumberAreSealedAndDestroyed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{takes("one", "1")}
		id := w.send(w.text())
		phone, body := w.sealed(id)
		if len(body) == 0 || bytes.Contains(body, []byte("123456")) || bytes.Contains(phone, []byte("9123")) {
			t.Errorf("stored are %q and %q", phone, body)
		}
		w.deliver(1)
		if _, body = w.sealed(id); body != nil {
			t.Errorf("after the gateway took it there is %q", body)
		}
		w.Gateways = []sms.Gateway{refuses("one", outbox.Permanent(errors.New("no such number")))}
		id = w.send(w.text())
		w.deliver(1)
		w.is(id, sms.Dead)
		if _, body = w.sealed(id); body == nil {
			t.Error("a dead message has no body to be tried again with")
		}
		w.clock.Advance(5 * time.Minute)
		w.sweep()
		if _, body = w.sealed(id); body != nil {
			t.Errorf("after it expired there is %q", body)
		}
		w.is(id, sms.Expired)
	})
}

func (w *world) sealed(id ident.ID) (phone, body []byte) {
	w.t.Helper()
	if err := w.d.Read(w.t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT phone, body FROM sms WHERE id = $1`, id).Scan(&phone, &body)
	}); err != nil {
		w.t.Fatal(err)
	}
	return phone, body
}

func (w *world) sweep() {
	w.t.Helper()
	for {
		n, err := w.Sweep(w.t.Context(), 10)
		if err != nil {
			w.t.Fatal(err)
		}
		if n < 10 {
			return
		}
	}
}
