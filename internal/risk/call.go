package risk

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Bounds of a call.
const (
	MaxText    = 128  // bytes of references, types, channels, tags
	MaxAgent   = 1024 // bytes
	MaxSignals = 64
	MaxBatch   = 100 // payments that are signed together
)

// Call is what a bank tells with every event.
type Call struct {
	Customer  ident.ID
	Reference string     // the caller's id of the event, 1 to 128 bytes: a repetition gets the same answer
	Channel   string     // of the bank's application, up to 128 bytes
	Session   ident.ID   // that a payment or an action belongs to; zero for none
	Address   netip.Addr // of the customer; the zero one for unknown
	Agent     string     // text of the User-Agent header, up to 1 kB
	Tag       string     // of the device: a cookie, an app's id; up to 128 bytes; empty for none
	Signals   []string   // that the bank has seen itself (package probe), up to 64
	// Visit is the token of the page that the event came from ([Desk.OpenVisit]): what
	// the probe reported from it is judged. Any other text stands for a page that should
	// have had one: the signal probe.missing. Up to 128 bytes; empty for no probe.
	Visit string
	// NoConsent says that the customer does not consent to profiling beyond what
	// the bank must do: signals, tag, visit and place are neither judged nor kept.
	NoConsent bool

	visit string // the keyed hash of a visit that was found and is the customer's
}

// Payment is a payment to be judged.
type Payment struct {
	Amount       payment.Amount
	Payee        string // account: an IBAN, or another number with what makes it unique
	PayeeCountry string // two letters; empty for unknown
	Own          bool   // to an account of the customer's own
}

func (c *Call) validate() error {
	c.Tag, c.Channel = strings.TrimSpace(c.Tag), strings.TrimSpace(c.Channel)
	switch {
	case c.Customer.IsZero():
		return invalid("customer", "Name the customer.")
	case c.Reference == "" || !short(c.Reference, MaxText):
		return invalid("reference", "Give your own id of the event: 1 to 128 printable characters.")
	case !short(c.Channel, MaxText):
		return invalid("channel", "A channel has at most 128 printable characters.")
	case !short(c.Tag, MaxText):
		return invalid("tag", "A device's tag has at most 128 printable characters.")
	case !short(c.Visit, MaxText):
		return invalid("visit", "The token of a visit has at most 128 printable characters.")
	case len(c.Agent) > MaxAgent || !utf8.ValidString(c.Agent):
		return invalid("agent", "The text of the agent has at most 1024 bytes.")
	case len(c.Signals) > MaxSignals || slices.ContainsFunc(c.Signals, func(s string) bool { return !short(s, MaxText) }):
		return invalid("signals", "There are at most 64 signals of at most 128 characters.")
	}
	return nil
}

// short reports whether a text has at most n bytes, all printable.
func short(s string, n int) bool {
	return len(s) <= n && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func invalid(field, words string) error {
	return fault.Invalidf("risk."+field, "%s", words).WithField("/" + field)
}

// items reads the payments of a batch. Accounts become keyed hashes.
func (d *Desk) items(all []Payment) (items []score.Item, err error) {
	if len(all) < 1 || len(all) > MaxBatch {
		return nil, invalid("payments", "A batch has 1 to 100 payments.")
	}
	for _, p := range all {
		account := normalAccount(p.Payee)
		switch {
		case p.Amount.Minor <= 0 || p.Amount.Minor > payment.MaxMinor:
			return nil, invalid("amount", "An amount is positive.")
		case account == "" || !short(account, MaxText):
			return nil, invalid("payee", "Name the payee's account in 1 to 128 printable characters.")
		case len(p.Amount.Currency) != 3 || len(p.PayeeCountry) != 0 && len(p.PayeeCountry) != 2:
			return nil, invalid("currency", "A currency has three letters, and a country two.")
		}
		items = append(items, score.Item{
			Payee: d.mac("payee", account), PayeeIn: strings.ToUpper(p.PayeeCountry), Amount: major(p.Amount), Currency: string(p.Amount.Currency), Own: p.Own,
		})
	}
	return items, nil
}

// normalAccount is the form in which accounts are compared.
func normalAccount(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, s))
}

// major is an amount in major units, for statistics: never for money.
func major(a payment.Amount) float64 {
	return float64(a.Minor) / math.Pow10(a.Currency.Decimals())
}

// clock puts the bank's time of day into the facts.
func (d *Desk) clock(f *score.Facts, at time.Time) {
	f.At = at
	if d.Zone != nil {
		at = at.In(d.Zone)
	}
	f.Hour, f.Weekday = at.Hour(), int(at.Weekday())
}
