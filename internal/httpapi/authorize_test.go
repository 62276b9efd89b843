package httpapi_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/iso8583"
)

// order is a payment with a token as a merchant's computer asks for it, without a proof.
func (p *purse) order(key, amount string) fields {
	return fields{
		"key": key, "path": "merchant", "number": p.token.Number[:4] + " " + p.token.Number[4:], "amount": amount, "currency": "EUR", "access_device": "site",
		"merchant": fields{"id": "SHOP", "name": "Corner shop", "category": "5411", "country": "276", "terminal": "T1"},
	}
}

func (w *world) keyOf(p *purse) *cryptogram.Key {
	w.Helper()
	k, err := cryptogram.NewKey(cryptogram.AES, p.key.Secret)
	w.must(err)
	return k
}

// coded proves by three digits.
func (w *world) coded(p *purse, f fields, right bool) fields {
	w.Helper()
	p.spent++
	value := w.keyOf(p).Code(uint16(p.spent), [8]byte{7: 1})
	if !right {
		value = map[bool]string{true: "000", false: "111"}[value != "000"]
	}
	f["code"] = fields{"index": p.key.Index.String(), "counter": p.spent, "device": "0000000000000001", "value": value}
	return f
}

// TestAuthorizePayment: each kind of proof pays over the API, once for each key, by the same rules as over a network, and a refusal does not say why.
func TestAuthorizePayment(t *testing.T) {
	each(t, func(w *world) {
		const at = "/v1/authorizations"
		p := w.purse("10023")
		paid := w.coded(p, p.order("order 1", "12.50"), true)
		first := w.post(at, paid).status(http.StatusOK).silent(p).has(fields{"outcome": "approve", "approved": "12.50", "currency": "EUR"})
		if len(first.text("code")) != 6 {
			t.Errorf("%v", first)
		}
		w.post(at, paid).status(http.StatusOK).has(fields{"outcome": "approve", "repeated": true, "id": first.text("id"), "code": first.text("code")})
		other := maps.Clone(paid)
		other["amount"] = "12.51"
		w.post(at, other).problem(http.StatusConflict, "issuing.duplicate").has(fields{"field": "/key"}).silent(p)

		p.spent++
		data, err := cryptogram.Input{Dynamic: []byte("unpredictable"), Count: uint32(p.spent)}.Data()
		w.must(err)
		dynamic := p.order("order 2", "3.00")
		dynamic["path"] = "direct"
		dynamic["dynamic"] = fields{
			"index": p.key.Index.String(), "counter": p.spent, "data": base64.StdEncoding.EncodeToString([]byte("unpredictable")), "cryptogram": base64.StdEncoding.EncodeToString(w.keyOf(p).Cryptogram(data)),
		}
		w.post(at, dynamic).status(http.StatusOK).has(fields{"outcome": "approve", "approved": "3.00"})

		p.spent++
		chip := p.order("order 3", "4.00")
		chip["chip"] = fields{"data": base64.StdEncoding.EncodeToString(w.chip(p, 400))}
		w.post(at, chip).status(http.StatusOK).has(fields{"outcome": "approve", "approved": "4.00"})

		wrong := w.post(at, w.coded(p, p.order("order 4", "1.00"), false)).status(http.StatusOK).silent(p).has(fields{"outcome": "decline", "approved": "0.00"})
		if strings.Contains(string(wrong.raw), "cryptogram") || strings.Contains(string(wrong.raw), "reason") {
			t.Errorf("%v says why", wrong)
		}
		w.clock.Advance(time.Second)
		w.must(w.config.Vault.Suspend(w.Context(), by(), p.token.ID, vault.Cause{Reason: vault.ByIssuer}))
		w.post(at, w.coded(p, p.order("order 5", "1.00"), true)).status(http.StatusOK).has(fields{"outcome": "decline"})
		w.get("/v1/customers/10023/authorizations").first("authorizations", fields{"reason": "suspended", "path": "merchant"})
	})
}

// chip is what an emulated chip says of a payment with the token.
func (w *world) chip(p *purse, amount uint64) []byte {
	w.Helper()
	x := cryptogram.Transaction{Amount: amount, Country: 276, Currency: 978, Date: "261123", Unpredictable: [4]byte{1, 2, 3, 4}, ATC: uint16(p.spent)}
	a := cryptogram.ApplicationData{KeySet: byte(p.key.KeySet), CVR: [5]byte{3}, Index: p.key.Index}
	x.Tail = a.CVR[:]
	data, err := x.Data()
	w.must(err)
	out := iso8583.AppendTag(nil, iso8583.TagCryptogram, w.keyOf(p).Cryptogram(data)[:cryptogram.Short])
	out = iso8583.AppendTag(out, iso8583.TagApplicationData, a.Bytes())
	for _, f := range []struct {
		tag iso8583.Tag
		n   int
	}{
		{iso8583.TagAmount, 6},
		{iso8583.TagOtherAmount, 6},
		{iso8583.TagCountry, 2},
		{iso8583.TagTVR, 5},
		{iso8583.TagCurrency, 2},
		{iso8583.TagDate, 3},
		{iso8583.TagType, 1},
		{iso8583.TagUnpredictable, 4},
		{iso8583.TagAIP, 2},
		{iso8583.TagCounter, 2},
	} {
		out, data = iso8583.AppendTag(out, f.tag, data[:f.n]), data[f.n:]
	}
	return out
}

// TestAuthorizePaymentRefusals: what makes no sense is said, with its field, and decides nothing.
func TestAuthorizePaymentRefusals(t *testing.T) {
	each(t, func(w *world) {
		const at = "/v1/authorizations"
		p := w.purse("10023")
		for field, change := range map[string]func(fields){
			"/chip":               func(f fields) { delete(f, "code") },
			"/currency":           func(f fields) { f["currency"] = "E1R" },
			"/amount":             func(f fields) { f["amount"] = "1.001" },
			"/merchant":           func(f fields) { f["merchant"] = fields{"id": "more than fifteen characters"} },
			"/merchant/category":  func(f fields) { f["merchant"] = fields{"category": "groceries"} },
			"/merchant/country":   func(f fields) { f["merchant"] = fields{"country": "DEU"} },
			"/code/index":         func(f fields) { f["code"].(fields)["index"] = "0000000" },
			"/code/value":         func(f fields) { f["code"].(fields)["value"] = "20a" },
			"/code/device":        func(f fields) { f["code"].(fields)["device"] = "no hexadecimal.." },
			"/chip/data":          func(f fields) { f["chip"] = fields{"data": "AAAA"} },
			"/dynamic/cryptogram": func(f fields) { f["dynamic"] = fields{"index": p.key.Index.String(), "counter": 1, "cryptogram": "?"} },
			"/place":              func(f fields) { f["place"] = fields{"latitude": "52.5", "longitude": "13.4"} },
		} {
			f := w.coded(p, p.order("order", "1.00"), true)
			change(f)
			if r := w.post(at, f).silent(p); r.code != http.StatusUnprocessableEntity || r.value["field"] != field {
				t.Errorf("%s: %v", field, r)
			}
		}
		w.get("/v1/customers/10023/authorizations").status(http.StatusOK).has(fields{"authorizations": "[]"})
	})
}

// TestReversePayment: an approval is taken back in part and whole, once; before its payment it prevents it; payments of other clients are not reached.
func TestReversePayment(t *testing.T) {
	each(t, func(w *world) {
		const at = "/v1/reversals"
		p := w.purse("10023")
		w.post("/v1/authorizations", w.coded(p, p.order("order 1", "12.50"), true)).status(http.StatusOK).has(fields{"outcome": "approve"})
		part := fields{"key": "back 1", "original": "order 1", "paid": "10.00", "currency": "EUR"}
		w.post(at, part).status(http.StatusOK).has(fields{"found": true, "returned": "2.50"})
		w.post(at, part).status(http.StatusOK).has(fields{"found": true, "returned": "2.50", "repeated": true})
		w.post(at, fields{"key": "back 1", "original": "order 1", "currency": "EUR"}).problem(http.StatusConflict, "issuing.duplicate")
		w.post(at, fields{"key": "back 2", "original": "order 1", "currency": "USD"}).problem(http.StatusConflict, "issuing.other").has(fields{"field": "/currency"})
		w.post(at, fields{"key": "back 3", "original": "order 1", "currency": "EUR"}).status(http.StatusOK).has(fields{"found": true, "returned": "10.00"})
		w.get("/v1/customers/10023/authorizations").first("authorizations", fields{"approved": "12.50", "returned": "12.50"})

		w.post(at, fields{"key": "back 4", "original": "order 2", "currency": "EUR"}).status(http.StatusOK).has(fields{"found": false, "returned": "0.00"})
		w.post("/v1/authorizations", w.coded(p, p.order("order 2", "1.00"), true)).status(http.StatusOK).has(fields{"outcome": "decline"})
	})
}
