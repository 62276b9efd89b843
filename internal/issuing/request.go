package issuing

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/payment"
)

// Path is how a request reached the server: the decision is the same on each (DI-5).
type Path string

// Paths.
const (
	Direct     Path = "direct"   // from the access device itself
	ByMerchant Path = "merchant" // through a merchant's computer
	Network    Path = "network"  // through an acquirer and a processing network
)

// Merchant is who is paid, and where.
type Merchant struct {
	ID       string `json:"id"`       // DE 42, at most 15 characters
	Name     string `json:"name"`     // DE 43, at most 40
	Category string `json:"category"` // DE 18, four digits
	Country  string `json:"country"`  // ISO 3166 numeric, three digits
	Terminal string `json:"terminal"` // DE 41, at most 8 characters
}

// Chip is a cryptogram over the data of a transaction, as a terminal sends it (DE 55).
type Chip struct {
	Transaction cryptogram.Transaction     `json:"transaction"` // without its tail, which are the card verification results
	Application cryptogram.ApplicationData `json:"application"`
	Cryptogram  []byte                     `json:"cryptogram"`
}

// Dynamic is a cryptogram over data of an access device, or over the portfolio's static text where it has none (DI-135 to DI-138).
type Dynamic struct {
	Index      cryptogram.Index `json:"index"`
	Data       []byte           `json:"data"` // of the access device; none: the static text
	Counter    int              `json:"counter"`
	Cryptogram []byte           `json:"cryptogram"`
}

// Code is a dynamic verification value of three digits, for access devices that read a magnetic stripe or a form.
type Code struct {
	Index   cryptogram.Index `json:"index"`
	Counter int              `json:"counter"`
	Device  [8]byte          `json:"device"` // type of the device, as it was agreed on
	Value   string           `json:"value"`
}

// Request is a payment that asks for an authorization. Exactly one of Chip, Dynamic and Code is there, and in an advice at most one.
type Request struct {
	Key      string    `json:"key"` // what tells it from all others, 1 to 200 octets; a repeat has the same
	Path     Path      `json:"path"`
	Number   string    `json:"-"`        // the token
	Device   ident.ID  `json:"device"`   // which made it, where it says so; zero: the token's
	Amount   int64     `json:"amount"`   // minor units, 0 to 999,999,999,999
	Currency string    `json:"currency"` // ISO 4217, three letters
	Merchant Merchant  `json:"merchant"`
	Partial  bool      `json:"partial"` // the merchant takes less than all of it
	At       time.Time `json:"at"`      // when it was sent, by its sender

	Contactless bool         `json:"contactless"`
	Access      judge.Access `json:"access"`      // where the access device is
	Interface   int          `json:"interface"`   // short number of the tertiary device on which it began; 0: none
	Contributed []int        `json:"contributed"` // short numbers of the secondaries whose key took part

	Chip    *Chip    `json:"chip"`
	Dynamic *Dynamic `json:"dynamic"`
	Code    *Code    `json:"code"`

	// Code39 says what two characters its sender is told of a decision, which a chip's answer by method 1 covers; nil: none.
	Code39 func(*Decision) [2]byte `json:"-"`
}

const maxAmount = 999_999_999_999

var letters = regexp.MustCompile(`^[A-Z]{3}$`)

// check refuses a request that makes no sense: the fault "issuing.request" (Invalid) with the field.
func (r *Request) check() error {
	if r.proofs() == 0 {
		return wrong("cryptogram", oneProof)
	}
	return r.sound()
}

const oneProof = "Exactly one of a chip's cryptogram, a dynamic one and a code."

func wrong(field, what string) error {
	return fault.Invalidf("issuing.request", "%s", what).WithField("/" + field)
}

func (r *Request) proofs() (n int) {
	for _, there := range []bool{r.Chip != nil, r.Dynamic != nil, r.Code != nil} {
		if there {
			n++
		}
	}
	return n
}

// sound is check for a request that need not have a proof.
func (r *Request) sound() error {
	switch {
	case len(r.Key) == 0 || len(r.Key) > 200:
		return wrong("key", "A key of 1 to 200 octets.")
	case r.Path != Direct && r.Path != ByMerchant && r.Path != Network:
		return wrong("path", "Choose direct, merchant or network.")
	case r.Amount < 0 || r.Amount > maxAmount:
		return wrong("amount", "An amount of at most twelve digits.")
	case !letters.MatchString(r.Currency):
		return wrong("currency", "A currency of three letters.")
	case len(r.Merchant.ID) > 15 || len(r.Merchant.Name) > 40 || len(r.Merchant.Terminal) > 8:
		return wrong("merchant", "Merchant, name and terminal have at most 15, 40 and 8 characters.")
	case !code(r.Merchant.Category, 4):
		return wrong("merchant/category", "A category has four digits; leave it out where there is none.")
	case !code(r.Merchant.Country, 3):
		return wrong("merchant/country", "A country has three digits (ISO 3166); leave it out where there is none.")
	case r.proofs() > 1:
		return wrong("cryptogram", oneProof)
	}
	return nil
}

// code reports whether a text is a code of n digits, or not there.
func code(text string, n int) bool {
	return text == "" || len(text) == n && strings.Trim(text, "0123456789") == ""
}

// index and counter are those of the request's proof; 0 without one.
func (r *Request) index() cryptogram.Index {
	switch {
	case r.Chip != nil:
		return r.Chip.Application.Index
	case r.Dynamic != nil:
		return r.Dynamic.Index
	case r.Code != nil:
		return r.Code.Index
	}
	return 0
}

func (r *Request) counter() int {
	switch {
	case r.Chip != nil:
		return int(r.Chip.Transaction.ATC)
	case r.Dynamic != nil:
		return r.Dynamic.Counter
	case r.Code != nil:
		return r.Code.Counter
	}
	return 0
}

// proves tells whether the request's proof is one of a limited-use key. static is the text of the portfolio.
func (r *Request) proves(k *cryptogram.Key, static string) bool {
	switch {
	case r.Chip != nil:
		t := r.Chip.Transaction
		t.Tail = r.Chip.Application.CVR[:]
		data, err := t.Data()
		// What is due is what the chip vouched for: neither amount nor currency are the acquirer's word.
		number, none := strconv.ParseUint(payment.Currency(r.Currency).Numeric(), 10, 16)
		return err == nil && none == nil && uint64(t.Currency) == number && int64(t.Amount) == r.Amount && k.Verify(data, r.Chip.Cryptogram) //nolint:gosec // at most twelve digits
	case r.Dynamic != nil:
		data, err := cryptogram.Input{Dynamic: r.Dynamic.Data, Static: static, Count: uint32(r.Dynamic.Counter)}.Data() //nolint:gosec // checked by the counter
		return err == nil && k.Verify(data, r.Dynamic.Cryptogram)
	}
	return r.Code != nil && k.VerifyCode(uint16(r.Code.Counter), r.Code.Device, r.Code.Value) //nolint:gosec // checked by the counter
}

// digest is what two messages of one key are compared by. The number of the token is in it by its hash alone.
func (r *Request) digest(number []byte) ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("issuing: a request: %w", err)
	}
	d := sha256.Sum256(append(b, number...))
	return d[:], nil
}
