package terminal

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/iso8583"
)

// Till is an access device. It serves one goroutine at a time.
type Till struct {
	Profile  *iso8583.Profile
	Bank     Asker // the acquirer
	Acquirer string
	Merchant string // at most 15 characters
	Name     string // at most 40
	Category string // four digits
	Country  string // ISO 3166 numeric
	Terminal string // 8 characters
	Web      bool   // a shop on the web
	Now      func() time.Time
	Rand     io.Reader
	Trace    int // of the last message
}

// Sale is what the till asks a wallet to sign.
type Sale struct {
	Amount   int64  // minor units
	Currency string // ISO 4217 numeric
	Chip     cryptogram.Transaction
}

// Shown is what a wallet shows the till: by contactless chip, as a code in a picture, or over the network (DI-220 to DI-222).
type Shown struct {
	Number      string // of the token
	Application cryptogram.ApplicationData
	Counter     int
	Cryptogram  []byte // the first eight octets go on
}

// Receipt is what the till prints (DI-227).
type Receipt struct {
	Approved bool
	Code     string // of the answer, DE 39
	Approval string // authorization code
	Amount   int64  // approved, minor units
	Partial  bool
	Last4    string
	Trace    string
	Asked    *iso8583.Message // for a reversal
}

// Open begins a sale with a number that nobody could foresee.
func (t *Till) Open(amount int64, currency string) (s Sale, err error) {
	country, err := strconv.ParseUint(t.Country, 10, 16)
	if err != nil {
		return s, fmt.Errorf("terminal: %s is no country", t.Country)
	}
	code, err := strconv.ParseUint(currency, 10, 16)
	if err != nil || amount < 0 {
		return s, fmt.Errorf("terminal: %d of %s is no amount", amount, currency)
	}
	s = Sale{Amount: amount, Currency: currency, Chip: cryptogram.Transaction{Amount: uint64(amount), Country: uint16(country), Currency: uint16(code), Date: t.Now().UTC().Format("060102")}}
	_, err = io.ReadFull(t.Rand, s.Chip.Unpredictable[:])
	return s, err
}

// Authorize asks whether a sale is paid. Without an answer in time it is reversed, and the error is ErrLate.
func (t *Till) Authorize(ctx context.Context, s Sale, w Shown) (r Receipt, err error) {
	t.Trace = t.Trace%999_999 + 1
	now := t.Now().UTC()
	entry := "071"
	if t.Web {
		entry = "812"
	}
	m := &iso8583.Message{MTI: iso8583.AuthorizationRequest}
	for n, v := range map[int]string{
		2: w.Number, 3: "000000", 4: fmt.Sprintf("%012d", s.Amount), 7: now.Format("0102150405"), 11: six(t.Trace), 12: now.Format("150405"), 13: now.Format("0102"), 18: t.Category, 19: t.Country,
		22: entry, 25: "00", 32: t.Acquirer, 37: now.Format("060102") + six(t.Trace), 41: fmt.Sprintf("%-8.8s", t.Terminal), 42: fmt.Sprintf("%-15.15s", t.Merchant), 43: fmt.Sprintf("%-40.40s", t.Name), 49: s.Currency,
	} {
		m.SetText(n, v)
	}
	m.Set(55, field55(s.Chip, w))
	r = Receipt{Last4: w.Number[max(0, len(w.Number)-4):], Trace: six(t.Trace), Asked: m}
	a, err := t.Bank.Ask(ctx, m)
	if err != nil {
		if errors.Is(err, ErrLate) {
			return r, errors.Join(err, t.Reverse(ctx, r))
		}
		return r, err
	}
	r.Code, r.Approval = a.Text(39), strings.TrimSpace(a.Text(38))
	result := t.Profile.Result(r.Code)
	if r.Approved, r.Partial = result == iso8583.Approved || result == iso8583.Partial, result == iso8583.Partial; r.Approved {
		r.Amount, err = strconv.ParseInt(a.Text(4), 10, 64)
	}
	return r, err
}

// Reverse takes a payment back. It may be sent again until it is answered.
func (t *Till) Reverse(ctx context.Context, r Receipt) error {
	t.Trace = t.Trace%999_999 + 1
	a, err := t.Bank.Ask(ctx, Reversal(r.Asked, six(t.Trace)))
	if err == nil && t.Profile.Result(a.Text(39)) != iso8583.Approved {
		err = fmt.Errorf("terminal: the reversal was answered by %s", a.Text(39))
	}
	return err
}

// Reversal is the message that takes another one back, with a number of its own.
func Reversal(m *iso8583.Message, trace string) *iso8583.Message {
	out := &iso8583.Message{MTI: iso8583.ReversalRequest}
	for _, n := range []int{2, 3, 4, 7, 12, 13, 18, 19, 22, 25, 32, 37, 41, 42, 43, 49} {
		if m.Has(n) {
			out.Set(n, m.Get(n))
		}
	}
	out.SetText(11, trace)
	out.SetText(90, m.MTI.String()+m.Text(11)+m.Text(7)+fmt.Sprintf("%011s", m.Text(32))+strings.Repeat("0", 11))
	return out
}

// field55 is what the issuer needs to make the cryptogram again.
func field55(t cryptogram.Transaction, w Shown) (out []byte) {
	date, _ := hex.DecodeString(t.Date)
	for _, x := range []struct {
		tag   iso8583.Tag
		value []byte
	}{
		{iso8583.TagCryptogram, w.Cryptogram[:min(cryptogram.Short, len(w.Cryptogram))]},
		{iso8583.TagCryptogramInfo, []byte{0x80}},
		{iso8583.TagApplicationData, w.Application.Bytes()},
		{iso8583.TagUnpredictable, t.Unpredictable[:]},
		{iso8583.TagCounter, binary.BigEndian.AppendUint16(nil, uint16(w.Counter))}, //nolint:gosec // at most 65,535
		{iso8583.TagTVR, t.TVR[:]},
		{iso8583.TagDate, date},
		{iso8583.TagType, []byte{t.Type}},
		{iso8583.TagAmount, digits(t.Amount, 6)},
		{iso8583.TagOtherAmount, digits(t.Other, 6)},
		{iso8583.TagCurrency, digits(uint64(t.Currency), 2)},
		{iso8583.TagAIP, t.AIP[:]},
		{iso8583.TagCountry, digits(uint64(t.Country), 2)},
	} {
		out = iso8583.AppendTag(out, x.tag, x.value)
	}
	return out
}

// digits are those of a number, two in an octet.
func digits(n uint64, octets int) []byte {
	out := make([]byte, octets)
	for i := octets - 1; i >= 0; i-- {
		out[i] = byte(n%10) | byte(n/10%10)<<4
		n /= 100
	}
	return out
}

func six(n int) string { return fmt.Sprintf("%06d", n) }
