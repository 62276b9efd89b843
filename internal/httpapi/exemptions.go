package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// QuarterPath names a quarter.
type QuarterPath struct {
	Quarter string `json:"-" path:"quarter" maxLength:"10" doc:"The quarter, as in 2026Q4, in UTC."`
}

// ExemptionReport is the record of a quarter.
type ExemptionReport struct {
	Quarter     string                `json:"quarter" doc:"The quarter."`
	From        string                `json:"from" doc:"Its first day."`
	Until       string                `json:"until" doc:"Its last day, or the last one that is over."`
	Complete    bool                  `json:"complete" doc:"Whether all days of the quarter are in it."`
	Instruments []ExemptionInstrument `json:"instruments" doc:"By instrument."`
	Accesses    []ExemptionAccess     `json:"accesses" doc:"Looks at accounts without strong authentication."`
}

// ExemptionInstrument is about the payments by one instrument.
type ExemptionInstrument struct {
	Instrument string          `json:"instrument" enum:"transfer,card" doc:"What the payments were made with."`
	Rows       []ExemptionRow  `json:"rows" doc:"Payments with strong authentication first, then those of each exemption that was used."`
	Total      ExemptionRow    `json:"total" doc:"All of them."`
	Rolling    ExemptionRate   `json:"rolling" doc:"Over the 90 days until the last day."`
	Bands      []ExemptionBand `json:"bands" doc:"The bands of transaction risk analysis."`
}

// ExemptionRow is about one kind of payments.
type ExemptionRow struct {
	Exemption     string `json:"exemption" doc:"strong, total, or the exemption."`
	Payments      int64  `json:"payments" doc:"How many."`
	ValueCents    int64  `json:"value_cents" doc:"What they are worth, in cents of a euro."`
	FraudPayments int64  `json:"fraud_payments" doc:"How many of them were fraud."`
	FraudCents    int64  `json:"fraud_cents" doc:"The fraud among them, in cents of a euro."`
	FraudPercent  string `json:"fraud_percent" doc:"Fraud by value, in per cent; empty when they are worth nothing."`
	AverageCents  int64  `json:"average_cents" doc:"Their average value, in cents of a euro."`
	SharePercent  string `json:"share_percent" doc:"Their share in the number of payments; empty when there are none."`
	Unconverted   int64  `json:"unconverted" doc:"Payments whose value in euro is not known, and is missing in the values."`
}

// ExemptionRate is fraud by value.
type ExemptionRate struct {
	FraudCents int64  `json:"fraud_cents" doc:"The fraud, in cents of a euro."`
	TotalCents int64  `json:"total_cents" doc:"All payments, in cents of a euro."`
	Percent    string `json:"percent" doc:"In per cent; empty when there were no payments."`
}

// ExemptionBand is a band of transaction risk analysis.
type ExemptionBand struct {
	Band     string `json:"band" doc:"Its code in the policies."`
	MostEuro int    `json:"most_euro" doc:"The largest payment in it."`
	Percent  string `json:"reference_percent" doc:"The reference fraud rate, in per cent."`
	Standing string `json:"standing" enum:"closed,open,warned" doc:"Whether it may be used; warned is open after a quarter above the reference, which the authority must be told."`
}

// ExemptionAccess counts looks at accounts.
type ExemptionAccess struct {
	Exemption string `json:"exemption" enum:"access,provider" doc:"By the customer, or by a provider of account information."`
	Accesses  int64  `json:"accesses" doc:"How many."`
}

func (a *API) exemptionOperations() []operation {
	row := func(kind string, n, value, fraud int64, percent, share string) ExemptionRow {
		return ExemptionRow{Exemption: kind, Payments: n, ValueCents: value, FraudPayments: min(fraud, 1), FraudCents: fraud, FraudPercent: percent, AverageCents: value / n, SharePercent: share}
	}
	return []operation{
		act[QuarterPath, ExemptionReport]{
			route: route{
				id: "getExemptionReport", method: http.MethodGet, path: "/v1/exemptions/reports/{quarter}", tag: tagExemptions, scopes: client.ExemptionsRead,
				summary: "Read the record of a quarter",
				text:    "Payments, their value and fraud among them, with strong authentication and by exemption, as Delegated Regulation (EU) 2018/389 wants it on record (article 21). The quarter may still run: then it ends with yesterday. Fraud counts in the quarter of the payment, so a later report can differ.",
			},
			status: http.StatusOK, do: a.getExemptionReport, in: QuarterPath{Quarter: "2026Q4"}, names: map[string]string{"quarter": "quarter"},
			out: ExemptionReport{
				Quarter: "2026Q4", From: "2026-10-01", Until: "2026-12-31", Complete: true, Accesses: []ExemptionAccess{{"access", 9210}},
				Instruments: []ExemptionInstrument{{
					Instrument: "transfer", Rows: []ExemptionRow{row("strong", 3000, 90_000_000, 9000, "0.0100", "75.00"), row("low-value", 1000, 1_500_000, 0, "0.0000", "25.00")},
					Total: row("total", 4000, 91_500_000, 9000, "0.0098", "100.00"), Rolling: ExemptionRate{9000, 90_000_000, "0.0100"},
					Bands: []ExemptionBand{{"etv-100", 100, "0.0150", "open"}},
				}},
			},
		},
	}
}

func (a *API) getExemptionReport(ctx context.Context, _ *call, in *QuarterPath) (ExemptionReport, error) {
	q, err := exemption.ParseQuarter(in.Quarter)
	if err != nil {
		return ExemptionReport{}, err
	}
	r, err := a.Exemptions.Report(ctx, q)
	out := ExemptionReport{Quarter: r.Quarter, From: r.From, Until: r.Until, Complete: r.Complete, Instruments: []ExemptionInstrument{}, Accesses: []ExemptionAccess{}}
	for _, x := range r.Instruments {
		out.Instruments = append(out.Instruments, exemptionInstrument(x))
	}
	for _, x := range r.Accesses {
		out.Accesses = append(out.Accesses, ExemptionAccess{string(x.Exemption), x.Accesses})
	}
	return out, err
}

func exemptionInstrument(x exemption.InstrumentReport) ExemptionInstrument {
	out := ExemptionInstrument{
		Instrument: string(x.Instrument), Rows: []ExemptionRow{}, Total: exemptionRow(x.Total),
		Rolling: ExemptionRate{x.Rolling.Fraud, x.Rolling.Total, x.Percent}, Bands: []ExemptionBand{},
	}
	for _, r := range x.Rows {
		out.Rows = append(out.Rows, exemptionRow(r))
	}
	for _, b := range x.Bands {
		out.Bands = append(out.Bands, ExemptionBand{b.Band, b.Most, b.Percent, string(b.Standing)})
	}
	return out
}

func exemptionRow(r exemption.Row) ExemptionRow {
	return ExemptionRow{string(r.Exemption), r.Payments, r.Cents, r.FraudPayments, r.FraudCents, r.FraudPercent, r.AverageCents, r.SharePercent, r.Unconverted}
}
