package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/payment"
)

// AuthorizePayment is the request of authorizePayment.
type AuthorizePayment struct {
	Key          string        `json:"key" minLength:"1" maxLength:"100" doc:"Your name of the payment, such as the number of the order: whoever sends the same again gets the same answer. Another payment with it is refused."`
	Path         string        `json:"path" enum:"direct,merchant" doc:"Who asks: the access device itself, or a merchant's computer."`
	Number       string        `json:"number" minLength:"13" maxLength:"32" doc:"The number of the payment token, blanks and hyphens allowed. It is never answered."`
	Amount       string        `json:"amount" minLength:"1" maxLength:"128" doc:"In decimal digits with at most one point."`
	Currency     string        `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217, three letters."`
	Merchant     Merchant      `json:"merchant" doc:"Who is paid."`
	Partial      bool          `json:"partial,omitempty" doc:"Whether less than all of it is taken, too."`
	Contactless  bool          `json:"contactless,omitempty" doc:"Whether the device was held to a reader."`
	StartedOn    int           `json:"started_on,omitempty" minimum:"1" maximum:"255" doc:"The short number of the customer's device on which it was started, where that is not the one that pays."`
	AccessDevice string        `json:"access_device,omitempty" enum:"pos,ecr,reader,atm,kiosk,gate,phone,pda,pc,tablet,set_top_box,vcr,site" doc:"What kind of device the request is made at."`
	Place        *Place        `json:"place,omitempty" doc:"Where the access device is; leave it out for what comes over a network, and where it is not known."`
	Chip         *ChipProof    `json:"chip,omitempty" doc:"What an emulated chip said. Exactly one of chip, dynamic and code is there."`
	Dynamic      *DynamicProof `json:"dynamic,omitempty" doc:"A cryptogram over what the access device gave."`
	Code         *CodeProof    `json:"code,omitempty" doc:"Three digits, where the access device has a field for them only."`
}

// ChipProof is what a chip says of a transaction.
type ChipProof struct {
	Data string `json:"data" minLength:"4" maxLength:"2048" doc:"BER-TLV as in DE 55 of ISO 8583, in base64: 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 82, 9F36, 9F10 and 9F26. Amount and currency must be those of the request."`
}

// DynamicProof is a cryptogram over data of an access device.
type DynamicProof struct {
	Index      string `json:"index" minLength:"7" maxLength:"7" doc:"Of the limited-use key, YHHHHCC."`
	Data       string `json:"data,omitempty" maxLength:"4096" doc:"What the access device gave, in base64; without it, the static text of the portfolio."`
	Counter    int    `json:"counter" minimum:"1" maximum:"65535" doc:"The transaction counter."`
	Cryptogram string `json:"cryptogram" minLength:"1" maxLength:"64" doc:"In base64: whole, or its first eight octets."`
}

// CodeProof is a dynamic verification value.
type CodeProof struct {
	Index   string `json:"index" minLength:"7" maxLength:"7" doc:"Of the limited-use key or data, YHHHHCC."`
	Counter int    `json:"counter" minimum:"1" maximum:"65535" doc:"The transaction counter."`
	Device  string `json:"device" minLength:"16" maxLength:"16" doc:"The type of the access device that was agreed on, 16 hexadecimal digits."`
	Value   string `json:"value" minLength:"3" maxLength:"3" doc:"The three digits."`
}

// PaymentDecision is the answer of authorizePayment.
type PaymentDecision struct {
	ID           string    `json:"id" doc:"Our id of the decision."`
	Outcome      string    `json:"outcome" enum:"approve,partial,refer,step_up,decline" doc:"partial: approved for less. refer: call the bank. step_up: the customer authenticates with the bank, and tries again. Why something is declined is for the bank."`
	Approved     string    `json:"approved" doc:"What was approved, in decimal digits."`
	Currency     string    `json:"currency" doc:"ISO 4217."`
	Code         string    `json:"code,omitempty" doc:"The authorization code of an approval, six digits."`
	IssuerData   string    `json:"issuer_data,omitempty" doc:"What proves to the chip that its issuer decided (tag 91), in base64, where the portfolio has that."`
	Repeated     bool      `json:"repeated,omitempty" doc:"The same came before: this is the answer of then."`
	AuthorizedAt time.Time `json:"authorized_at" doc:"When it was decided."`
}

// ReversePayment is the request of reversePayment.
type ReversePayment struct {
	Key      string `json:"key" minLength:"1" maxLength:"100" doc:"Your name of the reversal; a repeat has the same."`
	Original string `json:"original" minLength:"1" maxLength:"100" doc:"The key of the payment."`
	Paid     string `json:"paid,omitempty" maxLength:"128" doc:"What stays paid, in decimal digits; without it, nothing does."`
	Currency string `json:"currency" minLength:"3" maxLength:"3" doc:"Of the payment, ISO 4217."`
}

// PaymentReversed is the answer of reversePayment.
type PaymentReversed struct {
	Found    bool   `json:"found" doc:"false: no such payment came yet. When it does, it is declined."`
	Returned string `json:"returned" doc:"What came back by this reversal, in decimal digits."`
	Currency string `json:"currency" doc:"ISO 4217."`
	Repeated bool   `json:"repeated,omitempty" doc:"The same came before: this is the answer of then."`
}

func (a *API) authorizeOperations() []operation {
	names := map[string]string{"amount": "/amount", "currency": "/currency", "cryptogram": "/chip"}
	ask := route{
		id: "authorizePayment", method: http.MethodPost, path: "/v1/authorizations", tag: tagPayments, scopes: client.PaymentsAuthorize, summary: "Ask for the authorization of a payment",
		text: "For access devices and merchants' computers that reach us without a network of cards: the decision is the same as there. Send it again with the same key until it is answered.", disputed: true,
	}
	back := route{
		id: "reversePayment", method: http.MethodPost, path: "/v1/reversals", tag: tagPayments, scopes: client.PaymentsAuthorize, summary: "Take an approval back",
		text: "In part or whole. Where you do not know what became of a payment, reverse it: one that comes later is declined.", disputed: true,
	}
	return []operation{
		act[AuthorizePayment, PaymentDecision]{
			route: ask, status: http.StatusOK, do: a.authorizePayment, names: names,
			in: AuthorizePayment{
				Key: "order 4711", Path: "merchant", Number: "4900 0000 0000 0003", Amount: "12.50", Currency: "EUR", Merchant: Merchant{ID: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: "T1"},
				AccessDevice: "site", Code: &CodeProof{Index: "6734500", Counter: 8, Device: "0000000000000001", Value: "204"},
			},
			out: PaymentDecision{ID: exampleID, Outcome: "approve", Approved: "12.50", Currency: "EUR", Code: "204816", AuthorizedAt: exampleTime(4)},
		},
		act[ReversePayment, PaymentReversed]{
			route: back, status: http.StatusOK, do: a.reversePayment, names: map[string]string{"amount": "/paid", "currency": "/currency"}, in: ReversePayment{Key: "order 4711, canceled", Original: "order 4711", Currency: "EUR"},
			out: PaymentReversed{Found: true, Returned: "12.50", Currency: "EUR"},
		},
	}
}

// ownKey is a key of a client: those of two never meet, nor one of a client with one of a network.
func ownKey(c *call, kind, key string) string {
	return "api|" + c.access.Client.String() + "|" + kind + "|" + key
}

func (a *API) authorizePayment(ctx context.Context, c *call, in *AuthorizePayment) (out PaymentDecision, err error) {
	r := issuing.Request{
		Key: ownKey(c, "payment", in.Key), Path: issuing.Path(in.Path), Number: strings.NewReplacer(" ", "", "-", "").Replace(in.Number), Merchant: issuing.Merchant(in.Merchant),
		Partial: in.Partial, Contactless: in.Contactless, Interface: in.StartedOn,
	}
	if r.Amount, r.Currency, err = worth(in.Amount, in.Currency); err != nil {
		return out, err
	}
	if r.Access, err = accessOf(in.AccessDevice, in.Place); err != nil {
		return out, err
	}
	if err := in.proof(&r); err != nil {
		return out, err
	}
	d, err := a.Issuing.Authorize(ctx, c.access.Actor(), r)
	if err == nil && d.Reason == issuing.Duplicate {
		err = fault.Conflictf("issuing.duplicate", "Another payment came with this key.").WithField("/key")
	}
	if err != nil {
		return out, err
	}
	out = PaymentDecision{ID: d.ID.String(), Outcome: string(d.Outcome), Approved: minor(d.Approved, d.Currency), Currency: d.Currency, Code: d.Code, Repeated: d.Repeated, AuthorizedAt: d.Created}
	if len(d.Response) > 0 {
		out.IssuerData = base64Of(d.Response)
	}
	return out, nil
}

// worth reads an amount.
func worth(amount, currency string) (int64, string, error) {
	of, err := payment.ParseCurrency(currency)
	if err != nil {
		return 0, "", err
	}
	x, err := payment.ParseAmount(amount, of)
	return x.Minor, string(of), err
}

// proof reads what the device made of the payment. Which of them there is, the domain checks.
func (in *AuthorizePayment) proof(r *issuing.Request) error {
	wrong := func(field, detail string) error {
		return fault.Invalidf("issuing.request", "%s", detail).WithField("/" + field)
	}
	octets := func(field, text string) ([]byte, error) {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, wrong(field, "This is no base64.")
		}
		return b, nil
	}
	if in.Chip != nil {
		data, err := octets("chip/data", in.Chip.Data)
		if err != nil {
			return err
		}
		if r.Chip, err = issuing.ReadChip(data); err != nil {
			return wrong("chip/data", "These are no data of a chip: "+err.Error()+".")
		}
	}
	if p := in.Dynamic; p != nil {
		x, err := cryptogram.ParseIndex(p.Index)
		if err != nil {
			return wrong("dynamic/index", "An index has seven digits, YHHHHCC.")
		}
		r.Dynamic = &issuing.Dynamic{Index: x, Counter: p.Counter}
		if r.Dynamic.Data, err = octets("dynamic/data", p.Data); err != nil {
			return err
		}
		if r.Dynamic.Cryptogram, err = octets("dynamic/cryptogram", p.Cryptogram); err != nil {
			return err
		}
	}
	if p := in.Code; p != nil {
		x, err := cryptogram.ParseIndex(p.Index)
		if err != nil {
			return wrong("code/index", "An index has seven digits, YHHHHCC.")
		}
		device, err := hex.DecodeString(p.Device)
		if err != nil || len(device) != 8 {
			return wrong("code/device", "A type of device has 16 hexadecimal digits.")
		}
		if strings.Trim(p.Value, "0123456789") != "" {
			return wrong("code/value", "The value has three digits.")
		}
		r.Code = &issuing.Code{Index: x, Counter: p.Counter, Device: [8]byte(device), Value: p.Value}
	}
	return nil
}

func (a *API) reversePayment(ctx context.Context, c *call, in *ReversePayment) (out PaymentReversed, err error) {
	r := issuing.Reversal{Key: ownKey(c, "reversal", in.Key), Original: ownKey(c, "payment", in.Original)}
	currency, err := payment.ParseCurrency(in.Currency)
	if r.Currency = string(currency); err == nil && in.Paid != "" {
		r.Paid, r.Currency, err = worth(in.Paid, in.Currency)
	}
	if err != nil {
		return out, err
	}
	back, err := a.Issuing.Reverse(ctx, c.access.Actor(), r)
	if err == nil && back.Other != "" {
		err = fault.Conflictf("issuing.other", "The payment is one in another currency: nothing came back.").WithField("/currency")
	}
	return PaymentReversed{Found: !back.Authorization.IsZero(), Returned: minor(back.Amount, r.Currency), Currency: r.Currency, Repeated: back.Repeated}, err
}
