package iso8583

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// compile makes a profile of a document, or says which member is wrong.
func (d document) compile() (*Profile, error) {
	fail := func(where string, err error) error {
		return fmt.Errorf("iso8583: profile %s: %s: %w", d.Name, where, err)
	}
	p := &Profile{Name: d.Name, Framing: d.Framing, messages: map[MTI]rules{}, codes: d.Codes, late: d.Late}
	if !p.Framing.valid() {
		return nil, fail("framing", errors.New("there must be one"))
	}
	p.mti = field{kind: numeric, max: 4, enc: d.MTI}
	p.bitmap = field{kind: opaque, max: 16, enc: d.Bitmap}
	for where, f := range map[string]*field{"mti": &p.mti, "bitmap": &p.bitmap} {
		if err := f.check(); err != nil {
			return nil, fail(where, err)
		}
	}
	for number, text := range d.Fields {
		n, err := strconv.Atoi(number)
		if err != nil || n < 2 || n > Fields || n == 65 {
			return nil, fail("fields", fmt.Errorf("there is no field %.10q", number))
		}
		if p.fields[n], err = d.field(text); err != nil {
			return nil, fail("field "+number, err)
		}
		p.packed = p.packed || p.fields[n].enc == BCD
	}
	for number, text := range d.Messages {
		mti, err := strconv.ParseUint(number, 10, 16)
		if err != nil || len(number) != 4 {
			return nil, fail("messages", fmt.Errorf("%.10q is no type of a message", number))
		}
		r, err := text.rules(p)
		if err != nil {
			return nil, fail("message "+number, err)
		}
		p.messages[MTI(mti)] = r
	}
	return p, p.checkCodes()
}

// field compiles one, with the encodings of the document where it says none.
func (d document) field(text fieldText) (field, error) {
	f, err := parseFormat(text.Format)
	if err != nil {
		return f, err
	}
	f.enc, f.count = text.Encoding, text.Length
	if f.enc == 0 {
		f.enc = map[kind]Encoding{numeric: d.Digits, signed: d.Digits, track: d.Tracks, opaque: d.Binary}[f.kind]
		if f.kind == 0 || f.enc == 0 {
			f.enc = d.Text
		}
	}
	if f.count == 0 {
		f.count = d.Lengths
	}
	return f, f.check()
}

// check refuses encodings that a kind cannot have.
func (f *field) check() error {
	allowed := []Encoding{ASCII, EBCDIC}
	switch f.kind {
	case numeric, track, signed:
		allowed = append(allowed, BCD)
	case opaque:
		allowed = []Encoding{Binary, Hex}
	case text:
	}
	if !slices.Contains(allowed, f.enc) {
		return errors.New("it cannot have the encoding that is said for it")
	}
	if f.prefix > 0 && !slices.Contains([]Encoding{ASCII, EBCDIC, BCD, Binary}, f.count) {
		return errors.New("its length cannot have the encoding that is said for it")
	}
	return nil
}

// rules compiles those of a message: all fields that they name must be there.
func (t messageText) rules(p *Profile) (rules, error) {
	var r rules
	for to, from := range map[*set]string{&r.must: t.Must, &r.may: t.May, &r.echo: t.Echo} {
		s, err := numbers(from)
		if err != nil {
			return r, err
		}
		for n := 2; n <= Fields; n++ {
			if s.has(n) && p.fields[n].kind == 0 {
				return r, fmt.Errorf("it names field %d, which the profile does not have", n)
			}
		}
		*to = s
	}
	return r, nil
}
