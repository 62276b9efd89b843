package iso8583

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Result is what came of a request; the profile has its code (DE 39).
type Result string

// Results.
const (
	Approved        Result = "approved"
	Partial         Result = "partial"            // approved for less (DE 4), the rest refused
	Refer           Result = "refer"              // the merchant calls the issuer
	Declined        Result = "declined"           // without a reason that the terminal should know
	UnknownToken    Result = "unknown_token"      // no such card or token
	FormatError     Result = "format_error"       // DE 44 names the field
	NoFunds         Result = "no_funds"           //
	Expired         Result = "expired"            // the card or token
	NotPermitted    Result = "not_permitted"      // not this kind of transaction
	SuspectedFraud  Result = "suspected_fraud"    //
	AmountLimit     Result = "amount_limit"       // above a restriction
	Restricted      Result = "restricted"         // the token is suspended
	SecurityError   Result = "security_error"     //
	MoreAuth        Result = "more_auth"          // another authentication of the cardholder is needed
	WrongCryptogram Result = "wrong_cryptogram"   // it does not verify, or its key is used up
	NoIssuer        Result = "no_issuer"          // nobody answers at the issuer
	Duplicate       Result = "duplicate"          //
	NotFound        Result = "original_not_found" // of a reversal
	Malfunction     Result = "malfunction"        //
)

// Results lists all.
func Results() []Result {
	return []Result{
		Approved, Partial, Refer, Declined, UnknownToken, FormatError, NoFunds, Expired, NotPermitted, SuspectedFraud,
		AmountLimit, Restricted, SecurityError, MoreAuth, WrongCryptogram, NoIssuer, Duplicate, NotFound, Malfunction,
	}
}

// Fields that the package itself reads or writes.
const (
	fieldCode       = 39
	fieldAdditional = 44
)

// checkCodes refuses a profile that lacks the code of a result, or has one that is none.
func (p *Profile) checkCodes() error {
	for _, r := range Results() {
		if f := &p.fields[fieldCode]; !f.wellFormed([]byte(p.codes[r])) {
			return fmt.Errorf("iso8583: profile %s: codes: %q is no code for %s", p.Name, p.codes[r], r)
		}
	}
	for _, code := range p.late {
		if f := &p.fields[fieldCode]; !f.wellFormed([]byte(code)) {
			return fmt.Errorf("iso8583: profile %s: late: %q is no code", p.Name, code)
		}
	}
	if len(p.codes) > len(Results()) {
		return fmt.Errorf("iso8583: profile %s: codes: there is one for no result", p.Name)
	}
	return nil
}

// Code is the response code (DE 39) of a result.
func (p *Profile) Code(r Result) string { return p.codes[r] }

// Late reports whether a reversal with a code (DE 39) says that the answer to its original came too late, or never.
func (p *Profile) Late(code string) bool { return slices.Contains(p.late, code) }

// Result is the result that a response code stands for, the first of [Results] if several have the code; "" if none has.
func (p *Profile) Result(code string) Result {
	i := slices.IndexFunc(Results(), func(r Result) bool { return p.codes[r] == code })
	if i < 0 {
		return ""
	}
	return Results()[i]
}

// ErrType says that a profile does not have messages of a type: they are dropped, or the connection is closed.
var ErrType = errors.New("iso8583: the profile has no such message")

// Check tells which field a message lacks, or has and may not have. The error is [ErrType], or an [*Error] of the first such field.
// A message that repeats another has the rules of that one.
func (p *Profile) Check(m *Message) error {
	r, ok := p.messages[m.MTI.First()]
	if !ok {
		return ErrType
	}
	for n := 2; n <= Fields; n++ {
		switch has := m.Has(n); {
		case r.must.has(n) && !has:
			return &Error{n, -1, "it must be there"}
		case has && !r.must.has(n) && !r.may.has(n):
			return &Error{n, -1, "it has no place in such a message"}
		}
	}
	return nil
}

// Has tells whether the profile has messages of a type.
func (p *Profile) Has(mti MTI) bool {
	_, ok := p.messages[mti.First()]
	return ok
}

// Takes tells whether messages of a type have a field, or may have it.
func (p *Profile) Takes(mti MTI, n int) bool {
	r, ok := p.messages[mti.First()]
	return ok && (r.must.has(n) || r.may.has(n))
}

// Answer begins the answer to a message: its type, the fields that the profile echoes, and the code of the result. Field 44 names the field
// of a format error. The error is [ErrType] for a message that is not answered.
func (p *Profile) Answer(m *Message, r Result, wrong int) (*Message, error) {
	rules, ok := p.messages[m.MTI.First()]
	if !ok || m.MTI.Answer() == 0 {
		return nil, ErrType
	}
	out := &Message{MTI: m.MTI.Answer(), spans: make([]span, 0, len(m.spans)+4), data: make([]byte, 0, len(m.data)+16)}
	for n := range m.All() {
		if rules.echo.has(n) {
			out.Set(n, m.Get(n))
		}
	}
	out.SetText(fieldCode, p.codes[r])
	if r == FormatError && wrong > 0 && p.fields[fieldAdditional].kind != 0 {
		out.SetText(fieldAdditional, fmt.Sprintf("%03s", strconv.Itoa(wrong)))
	}
	return out, nil
}
