package exemption

import (
	"cmp"
	"context"
	"math/big"
	"slices"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Report is what a bank has to have on record for a quarter (RTS, article 21(1)).
type Report struct {
	Quarter     string             `json:"quarter"`
	From        string             `json:"from"`  // first day
	Until       string             `json:"until"` // last day of the quarter, or the last one that is over
	Complete    bool               `json:"complete"`
	Instruments []InstrumentReport `json:"instruments"`
	Accesses    []AccessReport     `json:"accesses"`
}

// InstrumentReport is about the payments by one instrument.
type InstrumentReport struct {
	Instrument Instrument   `json:"instrument"`
	Rows       []Row        `json:"rows"` // "strong" first, then each exemption that was used
	Total      Row          `json:"total"`
	Rolling    Rate         `json:"rolling"` // over the 90 days until the last day (article 19)
	Percent    string       `json:"rolling_percent"`
	Bands      []BandReport `json:"bands"`
}

// Row is a kind of payments.
type Row struct {
	Exemption     policy.Exemption `json:"exemption"` // "strong" for those with strong authentication, "total" for all
	Payments      int64            `json:"payments"`
	Cents         int64            `json:"value_cents"`
	FraudPayments int64            `json:"fraud_payments"`
	FraudCents    int64            `json:"fraud_cents"`
	FraudPercent  string           `json:"fraud_percent"` // of the value; "" when there was none
	AverageCents  int64            `json:"average_cents"` // rounded down
	SharePercent  string           `json:"share_percent"` // of the number of all payments by the instrument
	Unconverted   int64            `json:"unconverted"`   // payments whose value in euro was not known, and is missing above
}

// BandReport is about a band of article 18.
type BandReport struct {
	Band     string   `json:"band"`
	Most     int      `json:"most_euro"`
	Percent  string   `json:"reference_percent"`
	Standing Standing `json:"standing"` // after the last complete quarter up to this one
}

// AccessReport counts looks at accounts without strong authentication.
type AccessReport struct {
	Exemption policy.Exemption `json:"exemption"`
	Accesses  int64            `json:"accesses"`
}

// total stands in reports for all payments.
const total policy.Exemption = "total"

// Report makes the report of a quarter, up to the last day that is over. The fault
// "exemption.quarter" (Invalid) says that the quarter has not begun.
func (d *Desk) Report(ctx context.Context, q Quarter) (r Report, err error) {
	if err := d.Refresh(ctx); err != nil {
		return r, err
	}
	bands := d.Policies.Active().Exemptions.Risk.Bands
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		until := over(tx.Now)
		if q.First() > DayOf(tx.Now) {
			return fault.Invalidf("exemption.quarter", "The quarter %s has not begun.", q).WithField("quarter")
		}
		last := min(q.Last(), until)
		r = Report{Quarter: q.String(), From: q.First().String(), Until: max(last, q.First()).String(), Complete: q.Last() <= until, Accesses: []AccessReport{}}
		rows, err := sums(tx, q.First(), last)
		if err != nil {
			return err
		}
		return r.fill(tx, rows, last, bands)
	})
	return r, err
}

// sums reads the rows of a span of days by instrument and exemption.
func sums(tx *db.Tx, first, last Day) (map[Instrument]map[policy.Exemption]*Row, error) {
	all := map[Instrument]map[policy.Exemption]*Row{}
	at := func(i, e string) *Row {
		if all[Instrument(i)] == nil {
			all[Instrument(i)] = map[policy.Exemption]*Row{}
		}
		x := all[Instrument(i)]
		if x[policy.Exemption(e)] == nil {
			x[policy.Exemption(e)] = &Row{Exemption: policy.Exemption(e)}
		}
		return x[policy.Exemption(e)]
	}
	span := []any{int64(first), int64(last)}
	err := tx.Each(`SELECT instrument, exemption, CAST(SUM(payments) AS BIGINT), CAST(SUM(cents) AS BIGINT), CAST(SUM(unconverted) AS BIGINT)
		FROM exemption_day WHERE day >= $1 AND day <= $2 GROUP BY instrument, exemption`, span, func(row db.Row) error {
		var i, e string
		var payments, cents, unconverted int64
		err := row.Scan(&i, &e, &payments, &cents, &unconverted)
		x := at(i, e)
		x.Payments, x.Cents, x.Unconverted = payments, cents, unconverted
		return err
	})
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT instrument, exemption, COUNT(*), CAST(SUM(cents) AS BIGINT)
		FROM exemption_fraud WHERE day >= $1 AND day <= $2 AND withdrawn_at IS NULL GROUP BY instrument, exemption`, span, func(row db.Row) error {
		var i, e string
		var payments, cents int64
		err := row.Scan(&i, &e, &payments, &cents)
		x := at(i, e)
		x.FraudPayments, x.FraudCents = payments, cents
		return err
	})
	return all, err
}

func (r *Report) fill(tx *db.Tx, rows map[Instrument]map[policy.Exemption]*Row, last Day, bands []policy.Band) error {
	known, err := quarters(tx, last)
	if err != nil {
		return err
	}
	standings := stand(bands, known)
	recent, err := read(tx, last-window+1, last)
	if err != nil {
		return err
	}
	for _, i := range Instruments() {
		x := InstrumentReport{Instrument: i, Rows: []Row{}, Total: Row{Exemption: total}, Rolling: recent.until(i, last), Bands: []BandReport{}}
		x.Percent = x.Rolling.Percent()
		x.add(rows[i])
		for _, b := range bands {
			x.Bands = append(x.Bands, BandReport{b.Code, b.Most, Rate{int64(reference(b, i)), 100_000}.Percent(), standings[i][b.Code]})
		}
		r.Instruments = append(r.Instruments, x)
	}
	for _, e := range []policy.Exemption{policy.ExemptAccess, policy.ExemptProvider} {
		if x := rows[""][e]; x != nil {
			r.Accesses = append(r.Accesses, AccessReport{e, x.Payments})
		}
	}
	return nil
}

// add sums up the kinds of payments, in a fixed order.
func (x *InstrumentReport) add(rows map[policy.Exemption]*Row) {
	for _, row := range rows {
		x.Total.Payments += row.Payments
		x.Total.Cents += row.Cents
		x.Total.FraudPayments += row.FraudPayments
		x.Total.FraudCents += row.FraudCents
		x.Total.Unconverted += row.Unconverted
	}
	order := append([]policy.Exemption{strong}, policy.PaymentExemptions()...)
	for _, row := range rows {
		row.derive(x.Total.Payments)
		x.Rows = append(x.Rows, *row)
	}
	slices.SortFunc(x.Rows, func(a, b Row) int {
		return cmp.Compare(slices.Index(order, a.Exemption), slices.Index(order, b.Exemption))
	})
	x.Total.derive(x.Total.Payments)
}

func (w *Row) derive(all int64) {
	w.FraudPercent = Rate{w.FraudCents, w.Cents}.Percent()
	if n := w.Payments - w.Unconverted; n > 0 {
		w.AverageCents = w.Cents / n
	}
	if all > 0 {
		w.SharePercent = new(big.Rat).SetFrac64(w.Payments*100, all).FloatString(2)
	}
}
