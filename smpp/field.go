package smpp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// reader takes fields off a body; after the first error all are empty.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(s Status, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{s, fmt.Sprintf(format, args...)}
	}
	r.b = nil
}

func (r *reader) byte() (c byte) {
	if b := r.bytes(1); len(b) == 1 {
		c = b[0]
	}
	return c
}

func (r *reader) bytes(n int) []byte {
	if len(r.b) < n {
		r.fail(InvalidLength, "the PDU ends in the middle of a field")
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// text reads a C-octet string of at most n octets, its zero included.
func (r *reader) text(name string, n int) string {
	end := bytes.IndexByte(r.b[:min(n, len(r.b))], 0)
	switch {
	case r.err != nil:
		return ""
	case end < 0 && len(r.b) < n:
		r.fail(InvalidLength, "%s is not ended", name)
		return ""
	case end < 0:
		r.fail(InvalidParameter, "%s is longer than %d octets", name, n-1)
		return ""
	}
	s := string(r.b[:end])
	r.b = r.b[end+1:]
	return s
}

// writer appends fields to a body.
type writer struct {
	b   []byte
	err error
}

func (w *writer) fail(s Status, format string, args ...any) {
	if w.err == nil {
		w.err = &Error{s, fmt.Sprintf(format, args...)}
	}
}

func (w *writer) byte(c ...byte) { w.b = append(w.b, c...) }

func (w *writer) text(name, s string, n int) {
	if len(s) >= n || strings.IndexByte(s, 0) >= 0 {
		w.fail(InvalidParameter, "%s has a zero byte or is longer than %d octets", name, n-1)
	}
	w.b = append(append(w.b, s...), 0)
}

// TLV is an optional parameter (section 5.3).
type TLV struct {
	Tag   Tag
	Value []byte // at most 65535 bytes
}

// Tag names an optional parameter.
type Tag uint16

// The optional parameters that mean something here.
const (
	TagReceiptedID     Tag = 0x001E // receipted_message_id
	TagSARReference    Tag = 0x020C // sar_msg_ref_num
	TagSARTotal        Tag = 0x020E // sar_total_segments
	TagSARNumber       Tag = 0x020F // sar_segment_seqnum
	TagInterface       Tag = 0x0210 // sc_interface_version
	TagNetworkError    Tag = 0x0423 // network_error_code
	TagPayload         Tag = 0x0424 // message_payload
	TagMessageState    Tag = 0x0427 // message_state
	TagDeliveryFailure Tag = 0x0425 // delivery_failure_reason
)

// TLVs are optional parameters in the order in which they stand.
type TLVs []TLV

// Get returns the first value of a tag.
func (ts TLVs) Get(t Tag) (value []byte, ok bool) {
	for _, x := range ts {
		if x.Tag == t {
			return x.Value, true
		}
	}
	return nil, false
}

// number returns a value of one or two octets.
func (ts TLVs) number(t Tag) (n uint16, ok bool) {
	switch v, _ := ts.Get(t); len(v) {
	case 1:
		return uint16(v[0]), true
	case 2:
		return binary.BigEndian.Uint16(v), true
	}
	return 0, false
}

func (r *reader) tlvs() (ts TLVs) {
	for r.err == nil && len(r.b) > 0 {
		head := r.bytes(4)
		if r.err != nil {
			return nil
		}
		ts = append(ts, TLV{Tag(binary.BigEndian.Uint16(head)), r.bytes(int(binary.BigEndian.Uint16(head[2:])))})
	}
	return ts
}

func (w *writer) tlvs(ts TLVs) {
	for _, t := range ts {
		if len(t.Value) > 0xffff {
			w.fail(InvalidParameter, "an optional parameter is longer than 65535 octets")
			return
		}
		w.b = binary.BigEndian.AppendUint16(w.b, uint16(t.Tag))
		w.b = binary.BigEndian.AppendUint16(w.b, uint16(len(t.Value))) //nolint:gosec // checked above
		w.b = append(w.b, t.Value...)
	}
}
