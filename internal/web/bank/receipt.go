package bank

import (
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// receiptData is a payment that was carried out.
type receiptData struct {
	Paid

	Number  string // the payment's, in groups
	From    string // IBAN
	KeysURL string // where the bank got the keys
	Foreign bool
}

// Total is the sum of all orders.
func (d receiptData) Total() int64 { return total(d.Orders) }

// Decimals is how many decimals the total has.
func (d receiptData) Decimals() int { return d.Orders[0].Decimals() }

// Currency is that of all orders.
func (d receiptData) Currency() string { return d.Orders[0].Currency }

// Batch reports whether there are several orders.
func (d receiptData) Batch() bool { return len(d.Orders) > 1 }

// receipted serves a page of a payment that was carried out.
func (b *bank) receipted(serve func(http.ResponseWriter, *http.Request, Paid) error) func(http.ResponseWriter, *http.Request) error {
	return b.private(func(w http.ResponseWriter, r *http.Request, s session) error {
		p, ok := b.ledger.find(s.Customer, r.PathValue("payment"))
		if !ok {
			return fault.NotFoundf("page", "There is no page at this address.")
		}
		if s.hides(p.At, b.now().In(b.zone)) {
			b.to(w, r, "/more")
			return nil
		}
		return serve(w, r, p)
	})
}

// receipt shows what was paid, and what proves it.
func (b *bank) receipt(w http.ResponseWriter, r *http.Request, p Paid) error {
	d := receiptData{
		Paid: p, Number: grouped(strings.ToUpper(p.ID)), From: iban(p.Customer, accountCurrent),
		KeysURL: b.issuer + "/.well-known/jwks.json", Foreign: p.Orders[0].Currency != currencies[0].Code,
	}
	return b.kit.Render(w, r, ui.Page{Name: "receipt", Title: b.kit.Locale(r).T("bank.receipt.title"), Data: d})
}

// assertion gives the signed evidence, byte by byte as it came (F-4.3.7).
func (b *bank) assertion(w http.ResponseWriter, _ *http.Request, p Paid) error {
	if p.Assertion == "" { // no code was needed
		return fault.NotFoundf("page", "There is no page at this address.")
	}
	return download(w, "application/jose", "payment-"+p.ID+".jws", []byte(p.Assertion))
}

// keys gives the key set of the day of the payment.
func (b *bank) keys(w http.ResponseWriter, _ *http.Request, p Paid) error {
	if p.Assertion == "" {
		return fault.NotFoundf("page", "There is no page at this address.")
	}
	return download(w, "application/jwk-set+json", "payment-"+p.ID+"-keys.json", p.Keys)
}

func download(w http.ResponseWriter, kind, name string, content []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := w.Write(content)
	return err
}
