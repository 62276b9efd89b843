package payment

import (
	"errors"
	"fmt"
	"slices"
)

// Keypad is how a token learns what it signs.
type Keypad string

// The keypads, with the OCRA questions that they make (RFC 6287, section 6.3).
const (
	Decimal Keypad = "decimal" // ten digits are typed: QN
	Text    Keypad = "text"    // digits and capital letters are typed: QA
	Wire    Keypad = "hash"    // nothing is typed, a cable or a camera brings the payment's hash: QH64
)

// Field is a part of a payment that is typed into a token.
type Field string

// The fields of one payment, and of a batch.
const (
	FieldAccount  Field = "account"  // the payee's account; see Profile
	FieldAmount   Field = "amount"   // minor units, without leading zeros
	FieldCurrency Field = "currency" // three digits of ISO 4217
	FieldTotal    Field = "total"    // of a batch: minor units, without leading zeros
	FieldCount    Field = "count"    // of a batch: how many orders
	FieldPayees   Field = "payees"   // of a batch: 20 digits that stand for all payees and amounts; see Entries
)

// MaxQuestion is the longest question that OCRA has, in characters.
const MaxQuestion = 64

// Profile says which parts of a payment are typed into a kind of token, and in
// which order. How each is written is in [Profile.Entries], and what the token
// makes of them in [Keypad.Question].
//
// An account is typed with a digit before it that says its scheme. A bank whose
// customers pay accounts of one scheme only can fix it: then the account is typed as
// it is printed on the bill, which a customer can compare with paper instead of
// with a screen that malware may have changed.
type Profile struct {
	Code     string   `yaml:"code"`               // stable name
	Keypad   Keypad   `yaml:"keypad"`             // what can be typed
	Length   int      `yaml:"length"`             // characters of the question, as many as the suites of the tokens say: 16–64
	Single   []Field  `yaml:"single,flow"`        // of one payment: account and amount at least; none for Wire
	Batch    []Field  `yaml:"batch,flow"`         // of a batch: total and payees at least; none: batches cannot be signed
	Currency Currency `yaml:"currency,omitempty"` // the only currency that is signed; needed where the fields do not name it
	Scheme   Scheme   `yaml:"scheme,omitempty"`   // the only scheme of accounts that is signed; then it is not typed
	Country  string   `yaml:"country,omitempty"`  // with the scheme iban: the only country, which is not typed either
}

// fields are the ones that may be typed, and those of them that must be
// (Delegated Regulation (EU) 2018/389, article 5(1)(b) and 5(3)(b)).
var (
	singleFields = []Field{FieldAccount, FieldAmount, FieldCurrency}
	singleNeeded = []Field{FieldAccount, FieldAmount}
	batchFields  = []Field{FieldTotal, FieldCount, FieldCurrency, FieldPayees}
	batchNeeded  = []Field{FieldTotal, FieldPayees}
)

// Validate reports every mistake of the profile, joined.
func (p Profile) Validate() error {
	var all []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	check(p.Currency == "" || p.Currency.known(), "currency is %q; it must be an ISO 4217 code such as EUR", p.Currency)
	if p.Keypad == Wire {
		check(p.Length == MaxQuestion, "length is %d; a hash has %d characters", p.Length, MaxQuestion)
		check(len(p.Single)+len(p.Batch) == 0 && p.Scheme == None && p.Country == "", "nothing is typed where a hash is signed: leave out single, batch, scheme and country")
		return errors.Join(all...)
	}
	check(p.Keypad == Decimal || p.Keypad == Text, "keypad is %q; use decimal, text or hash", p.Keypad)
	check(16 <= p.Length && p.Length <= MaxQuestion, "length is %d; it must be 16 to %d", p.Length, MaxQuestion)
	check(p.list(p.Single, singleFields, singleNeeded), "single is %q; it needs %q, may have %q, each once, and the currency unless that is fixed", p.Single, singleNeeded, singleFields)
	check(len(p.Batch) == 0 || p.list(p.Batch, batchFields, batchNeeded), "batch is %q; it needs %q, may have %q, each once, and the currency unless that is fixed", p.Batch, batchNeeded, batchFields)
	check(len(p.Batch) != len(p.Single), "single and batch have the same number of fields, so that one could pass for the other: add a field to one of them")
	check(p.fixable(), "scheme is %q and country is %q; leave both out, or fix one of the schemes local, cz, gb, no, us and au, or iban with its country", p.Scheme, p.Country)
	return errors.Join(all...)
}

// list reports whether the fields of a payment are complete and each there once.
func (p Profile) list(fields, allowed, needed []Field) bool {
	seen := map[Field]bool{}
	for _, f := range fields {
		if seen[f] || !slices.Contains(allowed, f) {
			return false
		}
		seen[f] = true
	}
	for _, f := range needed {
		if !seen[f] {
			return false
		}
	}
	return seen[FieldCurrency] || p.Currency != ""
}

// fixable reports whether accounts of the fixed scheme have one form only.
func (p Profile) fixable() bool {
	switch p.Scheme {
	case None, Local, CZ, GB, NO, US, AU:
		return p.Country == ""
	case IBAN:
		return len(p.Country) == 2 && letters(p.Country)
	case Swift:
	}
	return false
}
