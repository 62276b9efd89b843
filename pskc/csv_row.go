package pskc

import (
	"encoding/hex"
	"strings"
)

// column is what a field of a row means.
type column uint8

const (
	colSkip column = iota
	colSerial
	colKey
	colType
	colDigits // of an OCRA row: the suite
	colStep
	colHash
	colSuite
	colCounter
	colUser
	colResolver
	colRealm
	colManufacturer
	colModel
	columnCount
)

type columns []column

func columnsV1() columns {
	return columns{colSerial, colKey, colType, colDigits, colStep, colHash}
}

func columnsV2() columns {
	return append(columns{colUser, colResolver, colRealm}, columnsV1()...)
}

func columnNamed(name string) column {
	switch strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name)) {
	case "serial", "serialno", "serialnumber", "tokenserial":
		return colSerial
	case "key", "seed", "secret", "otpkey", "secretkey":
		return colKey
	case "type", "tokentype", "algorithm":
		return colType
	case "digits", "otplen", "otplength", "length":
		return colDigits
	case "step", "timestep", "interval", "timeinterval", "period":
		return colStep
	case "hash", "hashlib", "hashalgorithm":
		return colHash
	case "suite", "ocrasuite":
		return colSuite
	case "counter":
		return colCounter
	case "user", "username", "upn":
		return colUser
	case "resolver":
		return colResolver
	case "realm":
		return colRealm
	case "manufacturer", "vendor":
		return colManufacturer
	case "model":
		return colModel
	}
	return colSkip
}

// columnsOf reads a header line; is tells whether it was one.
func columnsOf(fields []string) (cols columns, is bool, err error) {
	seen := [columnCount]bool{}
	for _, f := range fields {
		c := columnNamed(f)
		if c != colSkip && seen[c] {
			return nil, true, invalid("the header names the column %q twice", clipText(f))
		}
		seen[c] = true
		cols = append(cols, c)
	}
	if !seen[colSerial] && !seen[colKey] {
		return nil, false, nil
	}
	for _, need := range []struct {
		c    column
		name string
	}{{colSerial, "serial"}, {colKey, "key"}, {colType, "type"}} {
		if !seen[need.c] {
			return nil, true, invalid("the header has no column %q", need.name)
		}
	}
	return cols, true, nil
}

// fill makes a key package of the fields of a row.
func (c *CSVReader) fill(p *KeyPackage, fields []string) error {
	var v [columnCount]string
	tooMany := false
	for i, f := range fields {
		if i < len(c.columns) {
			v[c.columns[i]] = f
		} else if f != "" {
			tooMany = true
		}
	}
	misplaced := inOrder(&v)
	p.Device.SerialNo = v[colSerial]
	if misplaced != nil {
		return misplaced
	}
	if tooMany {
		return invalid("the row has %d fields, more than the %d that are known", len(fields), len(c.columns))
	}
	p.Device.Manufacturer = c.shared(v[colManufacturer])
	if p.Device.Manufacturer == "" {
		p.Device.Manufacturer = c.opts.Manufacturer
	}
	p.Device.Model = c.shared(v[colModel])
	p.Key.ID = v[colSerial]
	p.Key.UserID = v[colUser]
	if p.Key.UserID != "" && v[colRealm] != "" {
		p.Key.UserID += "@" + v[colRealm]
	}
	if p.Device.SerialNo == "" {
		return invalid("the row has no serial number")
	}
	if err := c.kind(p, &v); err != nil {
		return err
	}
	return c.seed(p, v[colKey])
}

// shared keeps one copy of a value that repeats, and lets go of the line.
func (c *CSVReader) shared(s string) string {
	if kept, ok := c.strings[s]; ok {
		return kept
	}
	if len(c.strings) < maxStrings {
		s = strings.Clone(s)
		c.strings[s] = s
	}
	return s
}

func (c *CSVReader) seed(p *KeyPackage, text string) error {
	b, err := hex.DecodeString(text)
	switch {
	case text == "":
		return invalid("the row has no key")
	case err != nil:
		return invalid("the key is not hexadecimal")
	case len(b) < 16:
		return invalid("the key has %d octets; at least 16 are needed", len(b))
	}
	p.Key.Secret = NewSecret(b)
	clear(b)
	return nil
}

// kind reads the token's type and what depends on it.
func (c *CSVReader) kind(p *KeyPackage, v *[columnCount]string) error {
	k := &p.Key
	switch strings.ToLower(v[colType]) {
	case "hotp":
		k.Profile, k.Algorithm = ProfileHOTP, AlgorithmHOTP
		k.Counter = Some(0)
	case "totp":
		k.Profile, k.Algorithm = ProfileTOTP, AlgorithmTOTP
		k.Interval = Some(30)
	case "ocra":
		k.Profile, k.Algorithm = ProfileOCRA, AlgorithmOCRA
		return c.ocra(k, v)
	case "":
		return invalid("the row has no type")
	default:
		return because(ErrAlgorithm, "tokens of type %q are not supported; hotp, totp and ocra are", clipText(v[colType]))
	}
	if err := c.hash(k, v[colHash]); err != nil {
		return err
	}
	return c.numbers(k, v)
}

// ocra reads the suite, which stands in the place of the digits.
func (c *CSVReader) ocra(k *Key, v *[columnCount]string) (err error) {
	k.Suite = c.shared(v[colSuite])
	if k.Suite == "" {
		k.Suite = c.shared(v[colDigits])
	}
	if v[colCounter] != "" {
		if k.Counter, err = parseUnsigned("the counter", []byte(v[colCounter]), 1<<63-1); err != nil {
			return err
		}
	}
	return k.suiteHash("")
}

// hash takes the hash from its column or from the options; it is never guessed.
func (c *CSVReader) hash(k *Key, text string) (err error) {
	switch {
	case text != "":
		k.Hash, err = ParseHash(text)
	case c.opts.Hash != "":
		k.Hash, err = ParseHash(string(c.opts.Hash))
	default:
		err = ErrHashUnknown
	}
	k.Suite = k.writtenSuite()
	return err
}

func (c *CSVReader) numbers(k *Key, v *[columnCount]string) error {
	digits := Some(6)
	var err error
	if v[colDigits] != "" {
		digits, err = parseInt("the number of digits", []byte(v[colDigits]))
		if err == nil && (digits.Value < 6 || digits.Value > 10) {
			err = invalid("the number of digits is not between 6 and 10")
		}
	}
	if err == nil && v[colStep] != "" && k.Profile == ProfileTOTP {
		k.Interval, err = parseUnsigned("the time step", []byte(v[colStep]), 1<<31-1)
		if err == nil && k.Interval.Value == 0 {
			err = invalid("the time step is 0")
		}
	}
	if err == nil && v[colCounter] != "" && k.Profile == ProfileHOTP {
		k.Counter, err = parseUnsigned("the counter", []byte(v[colCounter]), 1<<63-1)
	}
	k.Response = &ResponseFormat{Encoding: Decimal, Length: int(digits.Value)}
	return err
}
