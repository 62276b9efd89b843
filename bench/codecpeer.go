package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"

	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/exp/emv"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/countersign-auth/countersign/iso8583"
)

// element is one of the reference message.
type element struct {
	n, length int
	digits    bool // numeric; else text
	variable  bool // up to length, with two digits of it in front
	value     string
}

// request is an authorization request with the fields of a payment by chip, without field 55.
func request() []element {
	return []element{
		{2, 19, true, true, "4900000000000001"},
		{3, 6, true, false, "000000"},
		{4, 12, true, false, "000000004000"},
		{7, 10, true, false, "1123101530"},
		{11, 6, true, false, "000123"},
		{12, 6, true, false, "111530"},
		{13, 4, true, false, "1123"},
		{14, 4, true, false, "2912"},
		{18, 4, true, false, "5411"},
		{19, 3, true, false, "276"},
		{22, 3, true, false, "071"},
		{23, 3, true, false, "000"},
		{25, 2, true, false, "00"},
		{32, 11, true, true, "123456"},
		{37, 12, false, false, "632700000123"},
		{41, 8, false, false, "TERM0001"},
		{42, 15, false, false, "MERCHANT0000001"},
		{43, 40, false, false, "Corner shop              Springfield  DE"},
		{49, 3, true, false, "978"},
	}
}

// tagged is one tag of field 55.
type tagged struct {
	tag   iso8583.Tag
	value []byte
	path  string // as the peer names it
}

// chip is field 55, in the ascending order in which the peer writes.
func chip() ([]tagged, error) {
	all := []struct {
		tag   iso8583.Tag
		value string
	}{
		{iso8583.TagAIP, "1800"},
		{iso8583.TagTVR, "8000048000"},
		{iso8583.TagDate, "261123"},
		{iso8583.TagType, "01"},
		{iso8583.TagCurrency, "0978"},
		{iso8583.TagAmount, "000000004000"},
		{iso8583.TagApplicationData, "1F430203A00000000000004D0605620700000000000000000000000000000000"},
		{iso8583.TagCountry, "0276"},
		{iso8583.TagCryptogram, "7A788EA6B8A3E733"},
		{iso8583.TagCryptogramInfo, "80"},
		{iso8583.TagCounter, "001C"},
		{iso8583.TagUnpredictable, "52BF4585"},
	}
	out := make([]tagged, len(all))
	for i, x := range all {
		v, err := hex.DecodeString(x.value)
		if err != nil {
			return nil, err
		}
		out[i] = tagged{x.tag, v, "55." + x.tag.String()}
	}
	return out, nil
}

// description says the message to the peer, in one of the two profiles that are measured: digits and lengths packed, or digits in ASCII and
// lengths as numbers.
func description(profile string) *moov.MessageSpec {
	var digits encoding.Encoder = encoding.ASCII
	variable, long := prefix.Binary.L, prefix.Binary.LL
	if profile == "iso87-bcd" {
		digits, variable, long = encoding.BCD, prefix.BCD.LL, prefix.BCD.LLL
	}
	s := &moov.MessageSpec{Name: profile, Fields: map[int]field.Field{
		0: field.NewString(&field.Spec{Length: 4, Enc: digits, Pref: prefix.ASCII.Fixed}),
		1: field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
	}}
	for _, e := range request() {
		f := &field.Spec{Length: e.length, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed}
		if e.digits {
			f.Enc = digits
		}
		if e.variable {
			f.Pref = variable
		}
		s.Fields[e.n] = field.NewString(f)
	}
	s.Fields[55] = field.NewComposite(&field.Spec{Length: 255, Pref: long, Tag: emv.Spec.Tag, Subfields: maps.Clone(emv.Spec.Subfields)})
	return s
}

// reference is the message, for both.
type reference struct {
	profile *iso8583.Profile
	spec    *moov.MessageSpec
	fields  []element
	chip    []tagged
	m       *iso8583.Message
	raw     []byte
	room    []byte
}

// ours makes the message of its values.
func (r *reference) ours() *iso8583.Message {
	m := &iso8583.Message{MTI: iso8583.AuthorizationRequest}
	for _, e := range r.fields {
		m.SetText(e.n, e.value)
	}
	tags := make([]byte, 0, 160)
	for _, t := range r.chip {
		tags = iso8583.AppendTag(tags, t.tag, t.value)
	}
	m.Set(55, tags)
	return m
}

// peers makes it likewise.
func (r *reference) peers() (*moov.Message, error) {
	m := moov.NewMessage(r.spec)
	m.MTI("0100")
	for _, e := range r.fields {
		if err := m.Field(e.n, e.value); err != nil {
			return nil, err
		}
	}
	for _, t := range r.chip {
		if err := m.MarshalPath(t.path, t.value); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// codecModes are what both do with the message in a profile. The error says that they do not do the same.
func codecModes(profile string) ([]codecMode, error) {
	p, err := iso8583.Load(profile)
	if err != nil {
		return nil, err
	}
	tags, err := chip()
	if err != nil {
		return nil, err
	}
	r := &reference{profile: p, spec: description(profile), fields: request(), chip: tags}
	r.m = r.ours()
	if r.raw, err = p.Append(nil, r.m); err != nil {
		return nil, err
	}
	made, err := r.peers()
	if err != nil {
		return nil, err
	}
	if packed, err := made.Pack(); err != nil || !bytes.Equal(packed, r.raw) {
		return nil, errors.Join(fmt.Errorf("%s: the peer writes %x, and we %x", profile, packed, r.raw), err)
	}
	packed := func() error { _, err := made.Pack(); return err }
	return []codecMode{
		{"unpacked, with tags", r.read, r.peerReads, 3, 5},
		{"packed", r.write, packed, 2, 0},
		{"made of its values and packed", r.make, r.peerMakes, 2, 0},
	}, nil
}

// read reads the message, and finds all tags.
func (r *reference) read() error {
	m, err := r.profile.Parse(r.raw)
	if err != nil {
		return err
	}
	n := 0
	for walk := iso8583.NewTags(m.Get(55)); ; n++ {
		_, _, ok, err := walk.Next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
	}
	if n != len(r.chip) {
		return fmt.Errorf("%d tags were found", n)
	}
	return nil
}

func (r *reference) peerReads() error { return moov.NewMessage(r.spec).Unpack(r.raw) }

// write writes it into room that is there, as whoever has a connection does.
func (r *reference) write() (err error) {
	r.room, err = r.profile.Append(r.room[:0], r.m)
	return err
}

func (r *reference) make() error {
	_, err := r.profile.Append(nil, r.ours())
	return err
}

func (r *reference) peerMakes() error {
	m, err := r.peers()
	if err != nil {
		return err
	}
	_, err = m.Pack()
	return err
}
