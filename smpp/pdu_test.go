package smpp_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/smpp"
)

// vectors are PDUs as they stand on the wire.
var vectors = []struct {
	name, wire string
	pdu        smpp.PDU
}{
	{
		// The example of the specification, section 3.2.3.
		"bind_transmitter of the specification", "0000002F 00000002 00000000 00000001 534D5050335445535400 73656372657430380 0 5355424D49543100 00 01 01 00",
		smpp.PDU{Command: smpp.BindTransmitter, Sequence: 1, Body: &smpp.Bind{
			SystemID: "SMPP3TEST", Password: "secret08", SystemType: "SUBMIT1", Range: smpp.Address{TON: smpp.International, NPI: 1},
		}},
	},
	{"enquire_link", "00000010 00000015 00000000 00000007", smpp.PDU{Command: smpp.EnquireLink, Sequence: 7}},
	{"generic_nack", "00000010 80000000 00000003 00000007", smpp.PDU{Command: smpp.GenericNack, Status: smpp.InvalidCommand, Sequence: 7}},
	{"throttled without a body", "00000010 80000004 00000058 00000002", smpp.PDU{Command: smpp.SubmitSMResp, Status: smpp.Throttled, Sequence: 2}},
	{"submit_sm_resp", "00000013 80000004 00000000 00000002 376600", smpp.PDU{Command: smpp.SubmitSMResp, Sequence: 2, Body: &smpp.MessageResp{ID: "7f"}}},
	{
		"submit_sm", "0000003A 00000004 00000000 00000002 00 05 00 42616E6B00 01 01 3437393132333400 40 00 00 00 00 01 00 08 00 08 050003070201 00E9 020C 0002 0007",
		smpp.PDU{Command: smpp.SubmitSM, Sequence: 2, Body: &smpp.Message{
			Source: smpp.Address{TON: smpp.Alphanumeric, Addr: "Bank"}, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: "4791234"},
			ESMClass: smpp.ESMHeader, Registered: 1, Coding: smpp.UCS2, Short: []byte{5, 0, 3, 7, 2, 1, 0, 0xE9},
			TLVs: smpp.TLVs{{Tag: smpp.TagSARReference, Value: []byte{0, 7}}},
		}},
	},
	{"unknown command", "00000012 00000103 00000000 00000001 AABB", smpp.PDU{Command: 0x103, Sequence: 1, Body: smpp.Raw{0xAA, 0xBB}}},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		wire := unhex(t, v.wire)
		got, err := smpp.Parse(wire)
		if diff := cmp.Diff(v.pdu, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", v.name, err, diff)
		}
		if again, err := v.pdu.Append(nil); err != nil || !bytes.Equal(again, wire) {
			t.Errorf("%s: written as %x, %v", v.name, again, err)
		}
	}
}

func TestSubmitFields(t *testing.T) {
	t.Parallel()
	m := smpp.Message{
		ServiceType: "OTP", Source: smpp.Address{TON: smpp.Alphanumeric, Addr: "Bank"}, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: "4791234567"},
		ESMClass: 3, Priority: 1, Validity: "000000000500000R", Registered: 1, Coding: smpp.UCS2, Short: []byte{0, 0xE9},
		TLVs: smpp.TLVs{{Tag: 0x1400, Value: []byte("x")}, {Tag: 0x1401}},
	}
	for _, c := range []smpp.Command{smpp.SubmitSM, smpp.DeliverSM} {
		want := smpp.PDU{Command: c, Sequence: 9, Body: &m}
		wire, err := want.Append([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := smpp.Read(bytes.NewReader(wire[len("before"):]))
		if err != nil {
			t.Fatal(err)
		}
		b, ok := got.Body.(*smpp.Message)
		if !ok || len(b.TLVs) != 2 || len(b.TLVs[1].Value) != 0 {
			t.Fatalf("%+v", got)
		}
		b.TLVs[1].Value = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c, diff)
		}
	}
}

func TestBadPDUsSayHowToAnswerThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wire   string
		status smpp.Status
	}{
		"enquire_link with a body":  {"00000011 00000015 00000000 00000007 00", smpp.InvalidLength},
		"submit_sm without a body":  {"00000010 00000004 00000000 00000007", smpp.InvalidLength},
		"bind without its end":      {"00000013 00000009 00000000 00000007 414243", smpp.InvalidLength},
		"bind with a long password": {"0000001D 00000009 00000000 00000007 00 414141414141414141 00 00 00", smpp.InvalidParameter},
		"half a TLV":                {"00000014 80000009 00000000 00000007 00 021000", smpp.InvalidLength},
		"TLV longer than the PDU":   {"00000015 80000009 00000000 00000007 00 02100001", smpp.InvalidLength},
	} {
		p, err := smpp.Parse(unhex(t, c.wire))
		bad, ok := errors.AsType[*smpp.Error](err)
		if !ok || bad.Status != c.status || p.Sequence != 7 || p.Body != nil {
			t.Errorf("%s: %v, %+v", name, err, p)
		}
	}
}

func TestImpossibleLengths(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"0000000F", "00000000", "00020000", "FFFFFFFF"} {
		wire := append(unhex(t, head), make([]byte, 12)...)
		if _, err := smpp.Read(bytes.NewReader(wire)); !errors.Is(err, smpp.ErrFrame) {
			t.Errorf("%s: %v", head, err)
		}
		if _, err := smpp.Parse(wire); !errors.Is(err, smpp.ErrFrame) {
			t.Errorf("%s: %v", head, err)
		}
	}
	for n, want := range map[int]error{0: io.EOF, 3: io.ErrUnexpectedEOF, 16: io.ErrUnexpectedEOF} {
		wire := unhex(t, "00000011 00000015 00000000 00000007 00")[:n]
		if _, err := smpp.Read(bytes.NewReader(wire)); !errors.Is(err, want) {
			t.Errorf("a stream of %d bytes: %v", n, err)
		}
	}
}

func TestFieldsThatDoNotFitAreNotWritten(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for name, p := range map[string]smpp.PDU{
		"password":     {Command: smpp.BindTransceiver, Body: &smpp.Bind{Password: "ninechars"}},
		"zero byte":    {Command: smpp.BindTransceiver, Body: &smpp.Bind{SystemID: "a\x00b"}},
		"number":       {Command: smpp.SubmitSM, Body: &smpp.Message{Dest: smpp.Address{Addr: long}}},
		"short":        {Command: smpp.SubmitSM, Body: &smpp.Message{Short: []byte(long)}},
		"TLV":          {Command: smpp.SubmitSM, Body: &smpp.Message{TLVs: smpp.TLVs{{Value: make([]byte, 0x10000)}}}},
		"too much":     {Command: smpp.SubmitSM, Body: &smpp.Message{TLVs: smpp.TLVs{{Value: make([]byte, 0xffff)}, {Value: make([]byte, 0xffff)}}}},
		"wrong body":   {Command: smpp.SubmitSM, Body: &smpp.MessageResp{}},
		"no body":      {Command: smpp.SubmitSM},
		"body of none": {Command: smpp.EnquireLink, Body: &smpp.MessageResp{}},
	} {
		if b, err := p.Append([]byte("kept")); err == nil || string(b) != "kept" {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}

// FuzzParse: what Parse accepts, Append writes byte for byte, and nothing panics.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		b, err := hex.DecodeString(strings.ReplaceAll(v.wire, " ", ""))
		if err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		p, err := smpp.Parse(wire)
		if err != nil {
			return
		}
		again, err := p.Append(nil)
		if err != nil || !bytes.Equal(again, wire) {
			t.Errorf("%x\nis written as\n%x (%v)", wire, again, err)
		}
		if m, ok := p.Body.(*smpp.Message); ok {
			m.Text()
			m.Segment()
			m.Receipt()
		}
		_ = p.Command.String() + p.Status.String()
	})
}
