package console

import (
	"math"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

func (v *visit) decisionBadge(d score.Decision) ui.Badge {
	b := ui.Badge{Tone: ui.Warn, Text: v.t.T("console.risk.decision." + string(d))}
	switch d {
	case score.Allow:
		b.Tone = ui.Good
	case score.Block:
		b.Tone = ui.Bad
	case score.StepUp:
	}
	return b
}

// labelBadge says what an event was found to be; nil while nobody has said.
func (v *visit) labelBadge(l risk.Label) *ui.Badge {
	switch l {
	case risk.Fraud:
		return &ui.Badge{Tone: ui.Bad, Text: v.t.T("console.risk.label.fraud")}
	case risk.Legitimate:
		return &ui.Badge{Tone: ui.Good, Text: v.t.T("console.risk.label.legitimate")}
	case risk.Unlabeled:
	}
	return nil
}

// eventKind says what the customer did; types of the bank are shown as they are.
func (v *visit) eventKind(e *risk.Event) string {
	what := v.t.T("console.risk.kind." + e.Kind)
	switch {
	case e.Kind == score.KindPayment && len(e.Facts.Items) > 0:
		return what + " · " + v.amount(e.Facts.Amount, e.Facts.Currency)
	case e.Facts.Type != "":
		return what + " · " + v.actionType(e.Facts.Type)
	}
	return what
}

// actionType says what an action is; a type of the bank's own is shown as it is.
func (v *visit) actionType(typ string) string {
	if key := "console.risk.type." + typ; v.t.Has(key) {
		return v.t.T(key)
	}
	return typ
}

// amount writes an amount of the statistics, which have it in major units.
func (v *visit) amount(major float64, currency string) string {
	digits := payment.Currency(currency).Decimals()
	return v.t.Money(int64(math.Round(major*math.Pow10(digits))), digits, currency)
}

// reason says a reason code in words: those of the program in the reader's language;
// those of the bank's own rules as the rules in force say them.
func (v *visit) reason(code string) string {
	if family, ok := strings.CutPrefix(code, "bound."); ok {
		return v.t.T("console.risk.bound", "family", v.familyName(family))
	}
	if key := "console.risk.code." + code; v.t.Has(key) {
		return v.t.T(key)
	}
	if text := v.rules[code]; text != "" {
		return text
	}
	return code
}

func (v *visit) familyName(family string) string {
	if key := "console.risk.family." + family; v.t.Has(key) {
		return v.t.T(key)
	}
	return family
}

// ruleTexts are the texts of rules by code; it takes what [risk.Desk.Rules] gives.
func ruleTexts(rules score.Rules, _ int64) map[string]string {
	set, ok := rules.(*rule.Set)
	if !ok {
		return nil
	}
	texts := map[string]string{}
	for i := range set.Rules {
		texts[set.Rules[i].Code] = set.Rules[i].Text
	}
	return texts
}

// weight writes thousandths of log-odds, with a sign.
func (v *visit) weight(n int) string {
	const thousand = 1000
	sign := "+"
	if n < 0 {
		sign, n = "\u2212", -n
	}
	s := strconv.Itoa(n % thousand)
	return sign + strconv.Itoa(n/thousand) + v.t.T("ui.number.decimal") + strings.Repeat("0", 3-len(s)) + s //nolint:mnd // digits
}

// float writes a number with up to one decimal digit.
func (v *visit) float(x float64) string {
	const large = 1e12
	if math.IsNaN(x) || math.Abs(x) > large {
		return "–"
	}
	if x == math.Trunc(x) {
		return v.t.Number(int64(x))
	}
	return v.decimal(x)
}

// percent writes a share.
func (v *visit) percent(x float64) string { return v.decimal(100*x) + "\u00a0%" } //nolint:mnd // of a hundred

// failedRule is a rule that could not be evaluated, with why in words.
type failedRule struct{ Code, Why string }

// failedRules says why rules could not be evaluated. What is not known is shown as the
// evaluation says it.
func (v *visit) failedRules(all []score.Failure) (rows []failedRule) {
	for _, x := range all {
		row := failedRule{x.Code, x.Why}
		for _, cause := range []string{"by zero", "overflow", "out of range"} {
			if strings.Contains(x.Why, cause) {
				row.Why = v.t.T("console.risk.failure." + strings.ReplaceAll(cause, " ", "_"))
			}
		}
		rows = append(rows, row)
	}
	return rows
}
