package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// TestExemptionReport: an application reads the record of a quarter (SCA-40).
func TestExemptionReport(t *testing.T) {
	each(t, func(w *world) {
		set := policy.Version0()
		set.Exemptions.LowValue.On = true
		doc, err := set.Format()
		w.must(err)
		v, err := w.config.Policies.Store(w.Context(), by(), doc)
		w.must(err)
		w.must(w.config.Policies.Activate(w.Context(), by(), 0, v))
		paid, err := payment.New(payment.Order{Amount: "12.50", Currency: "EUR", Payee: payment.Payee{Name: "Somebody"}})
		w.must(err)
		shown := exemption.Shown{Customer: ident.Derive("c"), Authentication: ident.Derive("a"), Purpose: policy.PurposePayment, Payment: paid, Instrument: exemption.Card}
		w.must(w.d.Write(w.Context(), func(tx *db.Tx) error { return w.config.Exemptions.Strong(tx, shown) }))
		w.clock.Advance(24 * time.Hour)
		ask := func(quarter string) *response {
			return w.do(request{method: http.MethodGet, path: "/v1/exemptions/reports/" + quarter, scopes: client.ExemptionsRead})
		}
		got := ask("2026Q4").status(http.StatusOK)
		if got.text("until") != "2026-11-02" || got.value["complete"] != false {
			w.Errorf("%v", got)
		}
		card, _ := got.value["instruments"].([]any)[1].(map[string]any)
		total, _ := card["total"].(map[string]any)
		if card["instrument"] != "card" || total["payments"] != 1.0 || total["value_cents"] != 1250.0 || len(card["bands"].([]any)) != 3 {
			w.Errorf("%v", card)
		}
		for _, quarter := range []string{"2027Q1", "2026Q5", "2026q4"} {
			ask(quarter).problem(http.StatusUnprocessableEntity, "exemption.quarter").has(map[string]any{"field": "quarter"})
		}
	})
}
