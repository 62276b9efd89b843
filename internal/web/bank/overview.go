package bank

import (
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// latest is how many movements the overview shows.
const latest = 7

// overviewData is what the customer sees first.
type overviewData struct {
	Greeting string // name, or ""
	Total    int64  // cents
	Accounts []account
	Latest   []movement
	Refused  time.Time // a secure code was refused then; zero: never
}

// overview shows the accounts.
func (b *bank) overview(w http.ResponseWriter, r *http.Request, s session) error {
	d := overviewData{Greeting: s.Name, Accounts: b.accounts(s.Customer), Refused: s.Refused}
	for _, a := range d.Accounts {
		d.Total += a.Balance
	}
	all := d.Accounts[0].Movements
	d.Latest = all[:min(latest, len(all))]
	return b.kit.Render(w, r, ui.Page{Name: "overview", Title: b.kit.Locale(r).T("bank.overview.window"), Data: d})
}

// accountData is one month of one account.
type accountData struct {
	account

	Month          time.Time
	In, Out        int64  // cents of the month
	Earlier, Later string // months to lead to; empty: none
	More           bool   // there is more for whoever shows both factors
}

// account shows the movements of a month: this one, or the one that the address
// names as ?month=2026-10.
func (b *bank) account(w http.ResponseWriter, r *http.Request, s session) error {
	now := b.now().In(b.zone)
	for _, a := range b.accounts(s.Customer) {
		if a.ID != r.PathValue("account") {
			continue
		}
		month, err := readMonth(r.URL.Query().Get("month"), now)
		if err != nil {
			return err
		}
		if s.hides(month.AddDate(0, 1, -1), now) { // all of it
			b.to(w, r, "/more")
			return nil
		}
		d := statement(a, month, now)
		d.Movements = slices.DeleteFunc(d.Movements, func(m movement) bool { return s.hides(m.At, now) })
		if d.More = s.hides(month, now); d.More { // In and Out would tell of what is not shown
			d.Earlier, d.In, d.Out = "", 0, 0
			for _, m := range d.Movements {
				d.In, d.Out = d.In+max(m.Amount, 0), d.Out+min(m.Amount, 0)
			}
		}
		t := b.kit.Locale(r)
		return b.kit.Render(w, r, ui.Page{Name: "account", Title: t.T("bank.account." + a.ID), Data: d})
	}
	return fault.NotFoundf("page", "There is no page at this address.")
}

const monthForm = "2006-01"

func readMonth(s string, now time.Time) (time.Time, error) {
	this := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	if s == "" {
		return this, nil
	}
	m, err := time.Parse(monthForm, s)
	if err != nil || m.Before(ledgerStart) || m.After(this) {
		return m, fault.NotFoundf("page", "There is no page at this address.")
	}
	return m, nil
}

func statement(a account, month, now time.Time) accountData {
	d := accountData{account: a, Month: month}
	d.Movements = nil
	for _, m := range a.Movements {
		if m.At.Year() != month.Year() || m.At.Month() != month.Month() {
			continue
		}
		d.Movements = append(d.Movements, m)
		if m.Amount > 0 {
			d.In += m.Amount
		} else {
			d.Out += m.Amount
		}
	}
	if before := month.AddDate(0, -1, 0); !before.Before(ledgerStart) {
		d.Earlier = before.Format(monthForm)
	}
	if after := month.AddDate(0, 1, 0); !after.After(now) {
		d.Later = after.Format(monthForm)
	}
	return d
}
