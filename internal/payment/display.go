package payment

import (
	"strconv"
	"strings"
)

// Words are the words around a payment in the language of the payer. An empty
// one is English.
type Words struct {
	Amount    string // before an amount: "Amount"
	Total     string // before the total of a batch: "Total"
	Payments  string // after the number of orders in a batch: "payments"
	Payee     string // before a name: "Payee"
	Account   string // before an account: "Account"
	Reference string // before a reference: "Reference"
	To        string // between amount and payee in Short: "to"
}

func (w Words) filled() Words {
	for _, f := range []struct {
		word    *string
		english string
	}{
		{&w.Amount, "Amount"},
		{&w.Total, "Total"},
		{&w.Payments, "payments"},
		{&w.Payee, "Payee"},
		{&w.Account, "Account"},
		{&w.Reference, "Reference"},
		{&w.To, "to"},
	} {
		if *f.word == "" {
			*f.word = f.english
		}
	}
	return w
}

// Text returns everything that the hash covers, one part a line, to be shown
// before approval (SCA-12, SCA-17). Two payments never have the same text in the
// same words: no part can hold a line break.
func (p Payment) Text(w Words) string {
	if p.IsZero() {
		return ""
	}
	w = w.filled()
	var b strings.Builder
	if p.Len() > 1 {
		b.WriteString(w.Total + ": " + p.total.String() + "\n" + strconv.Itoa(p.Len()) + " " + w.Payments + "\n")
	}
	for _, it := range p.items {
		b.WriteString(w.Amount + ": " + it.amount.String() + "\n")
		for _, part := range [...][2]string{{w.Payee, it.payee.Name}, {w.Account, it.payee.AccountText()}, {w.Reference, it.reference}} {
			if part[1] != "" {
				b.WriteString(part[0] + ": " + part[1] + "\n")
			}
		}
	}
	return b.String()
}

// Short returns the total and all payees in one line, for a text message:
// "EUR 90.00 to NO93 8601 1117 947 Kari Nordmann". References are left out.
func (p Payment) Short(w Words) string {
	if p.IsZero() {
		return ""
	}
	w = w.filled()
	if p.Len() == 1 {
		return p.total.String() + " " + w.To + " " + p.items[0].payee.String()
	}
	payees := make([]string, 0, p.Len())
	for _, it := range p.items {
		payees = append(payees, it.payee.String()+" "+it.amount.Decimal())
	}
	return p.total.String() + " (" + strconv.Itoa(p.Len()) + " " + w.Payments + ") " + w.To + " " + strings.Join(payees, "; ")
}

// String returns account and name as people read them.
func (p Payee) String() string { return strings.TrimSpace(p.AccountText() + " " + p.Name) }

// AccountText returns the account as it is printed: an IBAN in groups of four,
// others with their scheme before them unless it is the bank's own.
func (p Payee) AccountText() string {
	switch p.Scheme {
	case None, Local:
		return p.Account
	case IBAN:
		var b strings.Builder
		for i := range len(p.Account) {
			if i > 0 && i%4 == 0 {
				b.WriteByte(' ')
			}
			b.WriteByte(p.Account[i])
		}
		return b.String()
	default:
		return strings.ToUpper(string(p.Scheme)) + " " + p.Account
	}
}
