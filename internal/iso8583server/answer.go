package iso8583server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/iso8583"
)

// Fields that the server reads and writes.
const (
	fieldNumber      = 2
	fieldAmount      = 4
	fieldTime        = 7
	fieldTrace       = 11
	fieldCategory    = 18
	fieldCountry     = 19
	fieldEntry       = 22
	fieldAcquirer    = 32
	fieldApproval    = 38
	fieldResponse    = 39
	fieldTerminal    = 41
	fieldMerchant    = 42
	fieldName        = 43
	fieldCurrency    = 49
	fieldChip        = 55
	fieldNetwork     = 70
	fieldOriginal    = 90
	fieldReplacement = 95
)

// Codes of network messages (DE 70).
const (
	signOn  = "001"
	signOff = "002"
	echo    = "301"
)

// answer decides a message that keeps the profile; nil where there is none to give.
func (x *session) answer(ctx context.Context, m *iso8583.Message, on bool) *iso8583.Message {
	if m.MTI.Class() == 8 {
		return x.network(m)
	}
	if x.s.SignOn && !on {
		return x.make(m, iso8583.SecurityError)
	}
	if !x.speaks(m) {
		x.s.Log.WarnContext(ctx, "a message of a card network is of an institution that it does not speak for", slog.String("peer", x.by.Name), slog.String("message", m.String()))
		return x.make(m, iso8583.SecurityError)
	}
	switch m.MTI.First() {
	case iso8583.AuthorizationRequest:
		return x.authorize(ctx, m)
	case iso8583.AuthorizationAdvice:
		return x.advise(ctx, m)
	case iso8583.ReversalRequest, iso8583.ReversalAdvice:
		return x.reverse(ctx, m)
	case iso8583.AuthorizationResponse, iso8583.AdviceResponse, iso8583.ReversalResponse, iso8583.ReversalAdviceAnswer, iso8583.NetworkRequest, iso8583.NetworkResponse:
	}
	return nil
}

// speaks reports whether whoever is connected may speak for the acquirer of a message, and for that of its original.
func (x *session) speaks(m *iso8583.Message) bool {
	if len(x.of) == 0 {
		return true
	}
	own := func(acquirer string) bool { return slices.Contains(x.of, strings.TrimLeft(acquirer, "0")) }
	original := m.Text(fieldOriginal)
	named := ""
	if len(original) >= 31 {
		named = strings.TrimLeft(original[20:31], "0")
	}
	return own(m.Text(fieldAcquirer)) && (named == "" || own(named))
}

// make begins an answer; nil for a message that has none.
func (x *session) make(m *iso8583.Message, r iso8583.Result) *iso8583.Message {
	out, err := x.s.Profile.Answer(m, r, 0)
	if err != nil {
		return nil
	}
	return out
}

// network answers sign-on, sign-off and echo.
func (x *session) network(m *iso8583.Message) *iso8583.Message {
	switch m.Text(fieldNetwork) {
	case signOn:
		x.on = true
	case signOff:
		x.on = false
	case echo:
	default:
		return x.make(m, iso8583.NotPermitted)
	}
	return x.make(m, iso8583.Approved)
}

// failed is the answer when nothing could be decided: a mistake in the message, or nobody at home.
func (x *session) failed(ctx context.Context, m *iso8583.Message, err error) *iso8583.Message {
	if fault.KindOf(err) == fault.Invalid {
		x.s.Log.WarnContext(ctx, "a message of a card network makes no sense", slog.String("message", m.String()), slog.String("error", err.Error()))
		return x.make(m, iso8583.FormatError)
	}
	x.s.Log.ErrorContext(ctx, "a message of a card network could not be decided", slog.String("message", m.String()), slog.String("error", err.Error()))
	return x.make(m, iso8583.NoIssuer)
}

func (x *session) authorize(ctx context.Context, m *iso8583.Message) *iso8583.Message {
	r, err := request(m)
	if err != nil {
		return x.wrong(ctx, m, err)
	}
	r.Partial = x.s.Partial
	if x.s.Profile.Takes(m.MTI.Answer(), fieldChip) {
		r.Code39 = x.code39
	}
	d, err := x.s.Desk.Authorize(ctx, x.by, r)
	if err != nil {
		return x.failed(ctx, m, err)
	}
	out := x.make(m, Result(&d))
	if out != nil && d.Approves() {
		if x.s.Profile.Takes(out.MTI, fieldApproval) {
			out.SetText(fieldApproval, d.Code)
		}
		out.SetText(fieldAmount, fmt.Sprintf("%012d", d.Approved))
	}
	if out != nil && len(d.Response) > 0 && x.s.Profile.Takes(out.MTI, fieldChip) {
		out.Set(fieldChip, iso8583.AppendTag(nil, iso8583.TagIssuerAuth, d.Response))
	}
	return out
}

// code39 is what DE 39 says of a decision.
func (x *session) code39(d *issuing.Decision) (out [2]byte) {
	copy(out[:], x.s.Profile.Code(Result(d)))
	return out
}

// advise records what was decided elsewhere. It is answered with an approval whatever speaks against it (ISO-4), unless nobody could record it:
// then it must come again. Without data of a chip that can be read it is due all the same.
func (x *session) advise(ctx context.Context, m *iso8583.Message) *iso8583.Message {
	r, err := request(m)
	if field := new(iso8583.Error); errors.As(err, &field) && field.Field == fieldChip {
		x.note(ctx, m, "without data of a chip that can be read: "+field.Reason)
		r.Chip, err = nil, nil
	}
	if err != nil {
		return x.wrong(ctx, m, err)
	}
	a := issuing.Advice{Request: r, Code: strings.TrimSpace(m.Text(fieldApproval))}
	switch x.s.Profile.Result(m.Text(fieldResponse)) {
	case iso8583.Approved:
		a.Approved = r.Amount
	case iso8583.Partial:
		if a.Approved = r.Amount; r.Chip != nil { // DE 4 is what was approved; the chip vouched for what was asked for
			a.Amount = max(r.Amount, int64(min(r.Chip.Transaction.Amount, maxAmount)))
		}
	case "":
		// Networks have more codes of approvals than issuers. An authorization code is there for what was approved only.
		if a.Code != "" {
			a.Approved = r.Amount
		}
		x.note(ctx, m, "with a code in DE 39 that the profile does not have")
	default:
	}
	d, err := x.s.Desk.Advise(ctx, x.by, a)
	if err != nil {
		return x.failed(ctx, m, err)
	}
	if d.Reason == issuing.Duplicate {
		x.note(ctx, m, "it is not recorded: its key is another's")
	}
	return x.make(m, iso8583.Approved)
}

// maxAmount is what twelve digits hold.
const maxAmount = 999_999_999_999

// note tells of an advice that is answered as if nothing were the matter.
func (x *session) note(ctx context.Context, m *iso8583.Message, what string) {
	x.s.Log.WarnContext(ctx, "an advice of a card network does not fit", slog.String("why", what), slog.String("message", m.String()))
}

func (x *session) reverse(ctx context.Context, m *iso8583.Message) *iso8583.Message {
	r, err := reversal(m)
	if err != nil {
		return x.wrong(ctx, m, err)
	}
	r.Late = x.s.Profile.Late(m.Text(fieldResponse))
	back, err := x.s.Desk.Reverse(ctx, x.by, r)
	if err != nil {
		if fault.Is(err, "issuing.duplicate") {
			return x.make(m, iso8583.Duplicate)
		}
		return x.failed(ctx, m, err)
	}
	if back.Other != "" {
		x.s.Log.WarnContext(ctx, "a reversal of a card network does not fit its payment: nothing came back", slog.String("other", back.Other), slog.String("message", m.String()))
		if !m.MTI.Advice() {
			return x.make(m, iso8583.NotFound)
		}
	}
	return x.make(m, iso8583.Approved)
}

// Result is what a network is told of a decision.
func Result(d *issuing.Decision) iso8583.Result {
	switch d.Outcome {
	case issuing.Approve:
		return iso8583.Approved
	case issuing.Partial:
		return iso8583.Partial
	case issuing.Refer:
		return iso8583.Refer
	case issuing.StepUp:
		return iso8583.MoreAuth
	case issuing.Decline:
	}
	switch d.Reason {
	case issuing.UnknownToken:
		return iso8583.UnknownToken
	case issuing.Expired:
		return iso8583.Expired
	case issuing.Suspended, issuing.Standing:
		return iso8583.Restricted
	case issuing.OtherDevice:
		return iso8583.NotPermitted
	case issuing.WrongCryptogram, issuing.OldCounter, issuing.WornKey:
		return iso8583.WrongCryptogram
	case issuing.Pattern, issuing.Risk:
		return iso8583.SuspectedFraud
	case issuing.Restriction:
		return iso8583.AmountLimit
	case issuing.Duplicate:
		return iso8583.Duplicate
	case issuing.NoReason, issuing.Reversed:
	}
	return iso8583.Declined
}
