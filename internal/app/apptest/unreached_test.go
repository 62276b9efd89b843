package apptest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// TestANumberThatNobodyHas: the center knows no such number, at once or when it tries. The
// customer's page is answered like everybody's; the help desk finds the text with what the
// network said of it, and the audit log has a record; later codes go out as ever.
func TestANumberThatNobodyHas(t *testing.T) {
	t.Parallel()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), nil)
	center, all := askers(t, in, 2, nil, "")
	bank := in.Run(t).Bank()
	defer bank.Close()
	a, other := all[0], all[1]
	center.Next(smscenter.Fate{Status: smpp.InvalidDest})
	in.Open(t, func(x *app.App) {
		for i, want := range []struct {
			state  sms.State
			reason string
		}{{sms.Dead, "invalid destination"}, {sms.Failed, "000"}} {
			if !a.start(bank) || !a.ask(t, bank) { // 201 and nothing withheld, like everybody
				t.Fatal("the customer was not answered")
			}
			m := codeThatIs(t, x, a, i+1, want.state)
			if !strings.Contains(m.Reason, want.reason) || strings.Contains(m.Reason, a.phone[1:]) || m.To != "+47 ••• 00" {
				t.Errorf("%s: %+v", want.state, m)
			}
			page, err := x.Audit.Find(t.Context(), audit.Filter{Kind: sms.AuditEnded, Object: m.ID.String()}, "", 10)
			if err != nil || len(page.Entries) != 1 {
				t.Errorf("%s: %d records, %v", want.state, len(page.Entries), err)
			}
			center.Remove(a.phone)
		}
		if !other.start(bank) || !other.ask(t, bank) {
			t.Fatal("another customer was not answered")
		}
		codeThatIs(t, x, other, 1, sms.Delivered)
	})
	if n := len(center.Inbox(a.phone)); n != 0 {
		t.Errorf("%d texts came to a number that nobody has", n)
	}
}

// codeThatIs waits until the newest of a customer's n codes has a state.
func codeThatIs(t *testing.T, x *app.App, a *asker, n int, want sms.State) sms.Message {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for {
		who, err := x.Customers.GetByNumber(ctx, a.number)
		if err != nil {
			t.Fatal(err)
		}
		list, err := x.Texts.List(ctx, sms.Filter{Customer: who.ID, Class: sms.ClassCode}, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == n && list[0].State == want {
			return list[0]
		}
		time.Sleep(10 * time.Millisecond) // another goroutine sends
	}
}
