package exemption

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// Kinds calls f for each row of the report with its instrument, totals last.
func (r *Report) Kinds(f func(Instrument, Row)) {
	for _, i := range r.Instruments {
		for _, row := range i.Rows {
			f(i.Instrument, row)
		}
		f(i.Instrument, i.Total)
	}
}

// Euros writes cents as euro, such as "12.50".
func Euros(cents int64) string {
	return fmt.Sprintf("%d.%02d", cents/100, cents%100) //nolint:mnd // a hundred
}

// WriteCSV writes the report, a line for each kind of payments and of looks at
// accounts. Errors are those of w.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"quarter", "from", "until", "instrument", "exemption", "payments", "value_eur", "fraud_payments", "fraud_eur", "fraud_percent", "average_eur", "share_percent", "unconverted"})
	decimal := func(n int64) string { return strconv.FormatInt(n, 10) }
	r.Kinds(func(i Instrument, x Row) {
		_ = out.Write([]string{
			r.Quarter, r.From, r.Until, string(i), string(x.Exemption), decimal(x.Payments), Euros(x.Cents), decimal(x.FraudPayments), Euros(x.FraudCents), x.FraudPercent,
			Euros(x.AverageCents), x.SharePercent, decimal(x.Unconverted),
		})
	})
	for _, x := range r.Accesses {
		_ = out.Write([]string{r.Quarter, r.From, r.Until, "", string(x.Exemption), decimal(x.Accesses), "", "", "", "", "", "", ""})
	}
	out.Flush()
	return out.Error() // the first error of any line
}
