package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	headerLength = 16 // section 3.2

	// MaxPDU is the longest PDU that is read: far more than a submit_sm with a
	// message_payload of 64 kB would need is refused.
	MaxPDU = 80 << 10
)

// PDU is one protocol data unit. Its length is counted by Append.
type PDU struct {
	Command  Command
	Status   Status // of a response; 0 in a request
	Sequence uint32 // 1 to 0x7fffffff; a response repeats that of its request
	// Body is a *Bind, *BindResp, *Message or *MessageResp, as Command says, or
	// Raw for a command that is not known; nil for one that has no body, and for a
	// response that came without.
	Body Body
}

// Body is what follows the header.
type Body interface {
	append(w *writer)
}

// Raw is the body of a command that this package does not know.
type Raw []byte

func (r Raw) append(w *writer) { w.b = append(w.b, r...) }

// Error says what is wrong with a PDU and with which status to answer it.
type Error struct {
	Status Status
	What   string
}

// Error implements error.
func (e *Error) Error() string { return "smpp: " + e.What }

// ErrFrame is wrapped by errors after which the stream cannot be read on: nobody
// knows where the next PDU begins.
var ErrFrame = errors.New("smpp: the length of a PDU is impossible")

// Reply makes the response to p: its command, its sequence, a status and a body,
// which may be nil.
func (p PDU) Reply(s Status, b Body) PDU {
	return PDU{Command: p.Command.Response(), Status: s, Sequence: p.Sequence, Body: b}
}

// Nack makes the generic_nack to p (section 4.3.1).
func (p PDU) Nack(s Status) PDU { return PDU{Command: GenericNack, Status: s, Sequence: p.Sequence} }

// Append writes p at the end of dst. It is an error when a field is longer than
// the specification allows or has a zero byte, or when Body does not fit Command.
func (p PDU) Append(dst []byte) ([]byte, error) {
	w := &writer{b: dst}
	start := len(dst)
	for _, n := range [...]uint32{0, uint32(p.Command), uint32(p.Status), p.Sequence} {
		w.b = binary.BigEndian.AppendUint32(w.b, n)
	}
	if err := fits(p); err != nil {
		return dst, err
	}
	if p.Body != nil {
		p.Body.append(w)
	}
	if w.err == nil && len(w.b)-start > MaxPDU {
		w.err = &Error{InvalidLength, "the PDU is too long"}
	}
	if w.err != nil {
		return dst, w.err
	}
	binary.BigEndian.PutUint32(w.b[start:], uint32(len(w.b)-start)) //nolint:gosec // at most MaxPDU
	return w.b, nil
}

// fits checks that the body is of the command's type.
func fits(p PDU) error {
	if p.Body == nil {
		if p.Command.IsResponse() || empty(p.Command) == nil && known(p.Command) {
			return nil
		}
		if !known(p.Command) {
			return nil
		}
		return &Error{InvalidLength, p.Command.String() + " needs a body"}
	}
	if want, got := fmt.Sprintf("%T", empty(p.Command)), fmt.Sprintf("%T", p.Body); want != got {
		return &Error{SystemError, fmt.Sprintf("%s cannot have a body of type %s", p.Command, got)}
	}
	return nil
}

func known(c Command) bool {
	switch c {
	case BindReceiver, BindReceiverResp, BindTransmitter, BindTransmitterResp, BindTransceiver, BindTransceiverResp,
		SubmitSM, SubmitSMResp, DeliverSM, DeliverSMResp, Unbind, UnbindResp, EnquireLink, EnquireLinkResp, GenericNack:
		return true
	}
	return false
}

// empty is an empty body for a command, nil when it has none.
func empty(c Command) Body {
	switch c {
	case BindReceiver, BindTransmitter, BindTransceiver:
		return &Bind{}
	case BindReceiverResp, BindTransmitterResp, BindTransceiverResp:
		return &BindResp{}
	case SubmitSM, DeliverSM:
		return &Message{}
	case SubmitSMResp, DeliverSMResp:
		return &MessageResp{}
	case Unbind, UnbindResp, EnquireLink, EnquireLinkResp, GenericNack:
		return nil
	}
	return Raw(nil)
}

// Parse reads one whole PDU. When the body is wrong the header is returned with
// the *Error, so that the PDU can be answered; after an error that wraps ErrFrame
// it cannot.
func Parse(frame []byte) (PDU, error) {
	if len(frame) < headerLength || len(frame) > MaxPDU || binary.BigEndian.Uint32(frame) != uint32(len(frame)) { //nolint:gosec // at most MaxPDU
		return PDU{}, ErrFrame
	}
	p := PDU{
		Command:  Command(binary.BigEndian.Uint32(frame[4:])),
		Status:   Status(binary.BigEndian.Uint32(frame[8:])),
		Sequence: binary.BigEndian.Uint32(frame[12:]),
	}
	r := &reader{b: frame[headerLength:]}
	switch b := empty(p.Command).(type) {
	case nil:
	case Raw:
		if len(r.b) > 0 {
			p.Body, r.b = append(b, r.b...), nil
		}
	case interface {
		Body
		parse(r *reader)
	}:
		if len(r.b) == 0 && p.Command.IsResponse() {
			return p, nil
		}
		b.parse(r)
		p.Body = b
	}
	if r.err == nil && len(r.b) > 0 {
		r.err = &Error{InvalidLength, fmt.Sprintf("%s has %d bytes too many", p.Command, len(r.b))}
	}
	if r.err != nil {
		p.Body = nil
		return p, r.err
	}
	return p, nil
}

// Read reads the next PDU of a stream. io.EOF means that the stream ended between
// two PDUs. Other errors are as for Parse, or those of r.
func Read(r io.Reader) (PDU, error) {
	var head [headerLength]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return PDU{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < headerLength || n > MaxPDU {
		return PDU{}, ErrFrame
	}
	frame := make([]byte, n)
	copy(frame, head[:])
	if _, err := io.ReadFull(r, frame[headerLength:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return PDU{}, err
	}
	return Parse(frame)
}
