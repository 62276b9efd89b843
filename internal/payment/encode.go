package payment

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
)

// version starts every encoding. A change of the normal form or of the layout
// needs a new one, because hashes are archived as evidence.
const version = "countersign payment v1\n"

// errEncoding is the cause of every failure of Parse.
var errEncoding = errors.New("payment: not a canonical encoding of a payment")

// Canonical returns the encoding that is hashed, stored and archived; nil for
// the zero Payment. See the package comment for the layout.
func (p Payment) Canonical() []byte {
	if p.IsZero() {
		return nil
	}
	b := []byte(version)
	b = appendString(b, string(p.total.Currency))
	b = appendString(b, strconv.FormatInt(p.total.Minor, 10))
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.items))) //nolint:gosec // at most MaxOrders
	for _, it := range p.items {
		b = appendString(b, it.encode())
	}
	return b
}

func (it item) encode() string {
	var b []byte
	for _, s := range [...]string{strconv.FormatInt(it.amount.Minor, 10), string(it.payee.Scheme), it.payee.Account, it.payee.Name, it.reference} {
		b = appendString(b, s)
	}
	return string(b)
}

func appendString(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // texts are bounded
	return append(b, s...)
}

// Parse reads what Canonical wrote. It accepts nothing else: the result encodes
// to the same bytes.
func Parse(b []byte) (Payment, error) {
	r := reader{b: b}
	r.expect(version)
	currency := Currency(r.string())
	_ = r.string() // the total is computed again and compared with all the rest
	n := r.uint32()
	if n == 0 || n > MaxOrders {
		return Payment{}, errEncoding
	}
	var orders []Order
	for range n {
		orders = append(orders, parseItem(r.string(), currency))
	}
	if r.bad || len(r.b) != 0 {
		return Payment{}, errEncoding
	}
	p, err := New(orders...)
	if err != nil || !slices.Equal(p.Canonical(), b) {
		return Payment{}, errEncoding
	}
	return p, nil
}

// parseItem reads one item; what is wrong with it shows when it is encoded again.
func parseItem(s string, c Currency) Order {
	r := reader{b: []byte(s)}
	minor, _ := strconv.ParseInt(r.string(), 10, 64)
	o := Order{Amount: Amount{Minor: minor, Currency: c}.Decimal(), Currency: string(c)}
	o.Payee = Payee{Scheme: Scheme(r.string()), Account: r.string(), Name: r.string()}
	o.Reference = r.string()
	return o
}

// reader takes parts off an encoding; bad is set once and for all when there
// are too few bytes.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) { // an int of 32 bits may overflow
		r.bad = true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) expect(s string) { r.bad = string(r.take(len(s))) != s }

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) string() string { return string(r.take(int(r.uint32()))) }
