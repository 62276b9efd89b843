package tokenserver_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	domain "github.com/countersign-auth/countersign/internal/mobiletoken"
)

// TestHistoryTellsNoReasons: what staff wrote is for staff: it is in the record of their act and
// in no later one, and no phone shows it. Why a first code was refused is a word of the list.
func TestHistoryTellsNoReasons(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const secret = "Suspected mule account"
		c := w.customer("1")
		one, two := w.activate(c), w.activate(c)
		id, err := ident.Parse(two.Token.TokenID)
		w.must(err)
		_, err = w.desk.Block(t.Context(), audit.Staff(ident.Derive("ann"), "ann"), domain.Order{Customer: c, Token: id, Reason: secret, Warned: true}, time.Time{})
		w.must(err)
		w.must(one.Rename(t.Context(), two.Token.TokenID, "My phone"))
		got := w.send(good(one, w.clock.Now(), http.MethodGet, "/token/v1/tokens/"+two.Token.TokenID+"/history", ""))
		if got.status != http.StatusOK || strings.Contains(got.body, "mule") || !strings.Contains(got.body, domain.AuditRenamed) || !strings.Contains(got.body, domain.AuditBlocked) {
			t.Errorf("%d %s", got.status, got.body)
		}
		page, err := w.trail.Find(t.Context(), audit.Filter{Customer: c, Object: "mobile_token:" + id.String()}, "", 50)
		w.must(err)
		for _, e := range page.Entries {
			if has := strings.Contains(string(e.Details), secret); has != (e.Kind == domain.AuditBlocked) {
				t.Errorf("%s: %s", e.Kind, e.Details)
			}
		}
		x, out, err := w.desk.Enroll(t.Context(), system, domain.Enrollment{Customer: c, Application: "bank"})
		w.must(err)
		third := w.app()
		pending, err := third.Enroll(t.Context(), address+"/dskpp/bank", out.Handout(address).Code, pin)
		w.must(err)
		pending.Server, pending.Device = address, one.Token.Device
		is(t, third.Confirm(t.Context(), pending, "258001", phone), "token.wrong_code")
		acts, err := one.History(t.Context(), x.ID.String())
		w.must(err)
		if len(acts) == 0 || acts[0].Kind != domain.AuditRefused || acts[0].Detail != "wrong_code" {
			t.Errorf("%+v", acts)
		}
	})
}
