package vault

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Profile says how the tokens of a portfolio work (DI-211 to DI-215). It is shared with the devices, so that both
// sides decide alike.
type Profile struct {
	Suite     string    `json:"suite"`      // aes or emv-tdes
	Assist    string    `json:"assist"`     // what a secondary gives: "storage" (its data open the key) or "encryption" (it holds half of it)
	Variant   string    `json:"variant"`    // of split cryptograms: "protected" or "plain"
	Wrap      string    `json:"wrap"`       // how device data become keys: "hardened" or "patent"
	Static    string    `json:"static"`     // text of a cryptogram without dynamic data, 1 to 64 octets
	Adding    string    `json:"adding"`     // a token that a device asked for may pay: on the word of the "device" alone, or after its owner's "approval"
	Response  string    `json:"response"`   // how the issuer's answer to a chip proves itself: "none", "method-1" or "method-2"
	Key       Threshold `json:"key"`        // of limited-use keys
	Data      Threshold `json:"data"`       // of limited-use dynamic data (codes)
	LowUses   int       `json:"low_uses"`   // so many uses left: a device asks for the next key
	LowShare  int       `json:"low_share"`  // percent of amount or time left, likewise
	Keys      int       `json:"keys"`       // keys that a device holds at most, 1 to 20
	Cache     Minutes   `json:"cache"`      // how long a primary keeps what a secondary gave: 0 to 30
	TokenDays int       `json:"token_days"` // life of a token, 1 to 1,825
}

// Threshold is where something of limited use ends: whichever is reached first. Zero is no limit of its kind.
type Threshold struct {
	Uses     int    `json:"uses"`     // 0 to 1,000
	Hours    int    `json:"hours"`    // 0 to 8,784
	Amount   int64  `json:"amount"`   // in minor units of the currency
	Currency string `json:"currency"` // ISO 4217, three letters; with an amount
	Foreign  string `json:"foreign"`  // payments in another currency: "refuse", or "count" as a use alone
}

// Methods of the issuer's cryptogram in an answer (EMV Book 2, section 8.2).
const (
	ResponseNone   = "none"
	ResponseCode   = "method-1" // over the response code; with the suite emv-tdes alone
	ResponseStatus = "method-2" // over a card status update
)

// What it takes that a token which a device asked for may pay.
const (
	AddFreely   = "device"
	AddApproved = "approval" // its owner shows that it is them, elsewhere: whoever found the phone cannot
)

// Minutes is a length of time in whole minutes.
type Minutes int

// Duration is the length of time.
func (m Minutes) Duration() time.Duration { return time.Duration(m) * time.Minute }

// DefaultProfile is what a new portfolio begins with: ten payments, five days, 250 euro.
func DefaultProfile() Profile {
	t := Threshold{Uses: 10, Hours: 5 * 24, Amount: 25_000, Currency: "EUR", Foreign: "count"}
	return Profile{
		Suite: cryptogram.AES.String(), Assist: "encryption", Variant: "protected", Wrap: "hardened", Static: "COUNTERSIGN", Adding: AddApproved, Response: ResponseNone, Key: t,
		Data: Threshold{Uses: 1, Hours: 24}, LowUses: 2, LowShare: 20, Keys: 2, Cache: 15, TokenDays: 3 * 365,
	}
}

// CipherSuite is the suite that the profile names.
func (p *Profile) CipherSuite() (cryptogram.Suite, error) { return cryptogram.ParseSuite(p.Suite) }

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// Check refuses a profile that lacks its least parameters, or has one out of its range: the fault "vault.profile" (Invalid)
// with the field.
func (p *Profile) Check() error {
	wrong := func(field, format string, args ...any) error {
		return fault.Invalidf("vault.profile", format, args...).WithField("/profile/" + field)
	}
	suite, err := p.CipherSuite()
	if err == nil {
		err = suite.Available()
	}
	if err != nil {
		return wrong("suite", "%s", strings.TrimPrefix(err.Error(), "cryptogram: "))
	}
	for _, x := range []struct{ field, value, one, two string }{
		{"assist", p.Assist, "storage", "encryption"}, {"variant", p.Variant, "protected", "plain"}, {"wrap", p.Wrap, "hardened", "patent"}, {"adding", p.Adding, AddFreely, AddApproved},
	} {
		if x.value != x.one && x.value != x.two {
			return wrong(x.field, "Choose %s or %s.", x.one, x.two)
		}
	}
	if len(p.Static) == 0 || len(p.Static) > 64 {
		return wrong("static", "A text of 1 to 64 characters.")
	}
	switch {
	case p.Response != ResponseNone && p.Response != ResponseCode && p.Response != ResponseStatus:
		return wrong("response", "Choose none, method-1 or method-2.")
	case p.Response == ResponseCode && suite != cryptogram.TDES:
		return wrong("response", "method-1 is one of the suite emv-tdes. Choose method-2.")
	}
	for field, t := range map[string]Threshold{"key": p.Key, "data": p.Data} {
		if what := t.check(); what != "" {
			return wrong(field, "%s", what)
		}
	}
	for field, t := range map[string]Threshold{"key": p.Key, "data": p.Data} {
		if suite == cryptogram.TDES && (t.Uses == 0 || t.Uses > 10 || t.Hours == 0 || t.Hours > 5*24) {
			return wrong(field, "With the suite emv-tdes keys and data live for at most 10 uses and 120 hours: half of them can be searched for.")
		}
	}
	for _, x := range []struct {
		field         string
		value, lo, hi int
	}{
		{"low_uses", p.LowUses, 0, 1000}, {"low_share", p.LowShare, 0, 90}, {"keys", p.Keys, 1, 20}, {"cache", int(p.Cache), 0, 30}, {"token_days", p.TokenDays, 1, 1825},
	} {
		if x.value < x.lo || x.value > x.hi {
			return wrong(x.field, "A number from %d to %d.", x.lo, x.hi)
		}
	}
	if p.Key.Uses > 0 && p.LowUses >= p.Key.Uses {
		return wrong("low_uses", "Fewer than the uses of a key, which are %d.", p.Key.Uses)
	}
	return nil
}

// check says what is wrong with a threshold; empty for nothing.
func (t *Threshold) check() string {
	switch {
	case t.Uses < 0 || t.Uses > 1000:
		return "Uses are 0 to 1,000."
	case t.Hours < 0 || t.Hours > 366*24:
		return "Hours are 0 to 8,784."
	case t.Hours == 0 || t.Uses == 0 && t.Amount == 0:
		return "A threshold has an end in time, and one in uses or amount."
	case t.Amount < 0 || t.Amount > 1_000_000_000_000:
		return "An amount is 0 to 10,000,000,000.00."
	case (t.Amount > 0) != currency.MatchString(t.Currency):
		return "An amount has a currency of three letters, and a currency an amount."
	case t.Amount > 0 && t.Foreign != "refuse" && t.Foreign != "count":
		return "Payments in another currency: refuse or count."
	}
	return ""
}

// encode is the profile as it is stored.
func (p *Profile) encode() (string, error) {
	b, err := json.Marshal(p)
	return string(b), err
}

// Scan reads a stored profile. One that was stored before answers proved themselves has no method, and asks for no approval.
func (p *Profile) Scan(src any) error {
	p.Response, p.Adding = ResponseNone, AddFreely
	switch s := src.(type) {
	case string:
		return json.Unmarshal([]byte(s), p)
	case []byte:
		return json.Unmarshal(s, p)
	}
	return fmt.Errorf("vault: a profile is stored as %T", src)
}
