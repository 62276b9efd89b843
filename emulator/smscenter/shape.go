package smscenter

import (
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/smpp"
)

// Shape is a form of receipts.
type Shape byte

// The shapes.
const (
	Standard   Shape = iota // the text of appendix B and the optional parameters
	TextOnly                // the text of appendix B
	Parameters              // optional parameters, no text
	Odd                     // other names, order and dates, no esm_class
	Silent                  // no receipts
)

// ParseShape reads the name of a shape: standard, text, parameters, odd, silent.
func ParseShape(name string) (Shape, bool) {
	for i, n := range []string{"standard", "text", "parameters", "odd", "silent"} {
		if n == name {
			return Shape(i), true
		}
	}
	return 0, false
}

// write makes the receipt of a message; ok is false when there is none.
func (s Shape) write(ids smpp.IDForm, x submission, state smpp.DeliveryState, now time.Time) (m smpp.Message, ok bool) {
	id := strconv.FormatUint(x.id, 10)
	if ids == smpp.DecThenHex {
		id = strconv.FormatUint(x.id, 16)
	}
	code := x.fate.Code
	if code == "" {
		code = "000"
	}
	m = smpp.Message{Source: x.m.Dest, Dest: x.m.Source, ESMClass: smpp.ESMReceipt}
	done := 0
	if state == smpp.Delivered {
		done = 1
	}
	const form = "0601021504"
	text := fmt.Sprintf("id:%s sub:001 dlvrd:%03d submit date:%s done date:%s stat:%s err:%s text:", id, done, x.at.Format(form), now.Format(form), state, code)
	parameters := smpp.TLVs{{Tag: smpp.TagReceiptedID, Value: append([]byte(id), 0)}, {Tag: smpp.TagMessageState, Value: []byte{byte(state)}}}
	switch s {
	case Standard:
		m.Short, m.TLVs = []byte(text), parameters
	case TextOnly:
		m.Short = []byte(text)
	case Parameters:
		m.TLVs = parameters
	case Odd:
		m.ESMClass = 0
		m.Short = fmt.Appendf(nil, "STAT:%s ERR:%s ID:%s SUBMIT_DATE:%s DONE_DATE: %s", state, code, id, x.at.Format("20060102150405"), now.Format("2006-01-02 15:04"))
	case Silent:
		return m, false
	}
	return m, true
}
