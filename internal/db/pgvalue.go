package db

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Object ids of the types that have a binary form here (pg_type.dat).
const (
	oidBool    = 16
	oidBytea   = 17
	oidInt8    = 20
	oidInt2    = 21
	oidInt4    = 23
	oidText    = 25
	oidFloat4  = 700
	oidFloat8  = 701
	oidVarchar = 1043
	oidNumeric = 1700
)

var be = binary.BigEndian

// appendParams writes the arguments as Bind has them: their formats (1 for
// binary), and each with its length, -1 for NULL.
func appendParams(b []byte, args []value, oids []uint32) ([]byte, error) {
	if len(args) != len(oids) {
		return nil, fmt.Errorf("wants %d arguments, not %d", len(oids), len(args))
	}
	b = be.AppendUint16(b, uint16(len(args))) //nolint:gosec // the server has counted them
	for i, v := range args {
		b = be.AppendUint16(b, v.format(oids[i]))
	}
	b = be.AppendUint16(b, uint16(len(args))) //nolint:gosec // the server has counted them
	for i, v := range args {
		if v.kind == null {
			b = be.AppendUint32(b, math.MaxUint32)
			continue
		}
		at := len(b)
		b = append(b, 0, 0, 0, 0)
		var err error
		if b, err = v.encode(b, oids[i]); err != nil {
			return nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		be.PutUint32(b[at:], uint32(len(b)-at-4)) //nolint:gosec // bounded by memory
	}
	return b, nil
}

// appendRaw writes arguments that are in binary form already.
func appendRaw(b []byte, params [][]byte) []byte {
	b = append(b, 0, 1, 0, 1)                   // one format for all: binary
	b = be.AppendUint16(b, uint16(len(params))) //nolint:gosec // few
	for _, p := range params {
		b = be.AppendUint32(b, uint32(len(p))) //nolint:gosec // bounded by memory
		b = append(b, p...)
	}
	return b
}

// format is the form in which encode writes the value. A text is a text whatever
// the database makes of it.
func (v value) format(oid uint32) uint16 {
	switch {
	case v.kind == text, oid == oidFloat4, oid == oidNumeric, v.kind == integer && oid == oidFloat8:
		return 0
	default:
		return 1
	}
}

// encode writes a value in the form that a parameter of the given type takes.
func (v value) encode(b []byte, oid uint32) ([]byte, error) {
	switch v.kind {
	case integer:
		return v.encodeInt(b, oid)
	case real:
		return v.encodeReal(b, oid)
	case text:
		return append(b, v.s...), nil
	default:
		if oid != oidBytea {
			return nil, v.misfit(oid)
		}
		return append(b, v.b...), nil
	}
}

func (v value) misfit(oid uint32) error {
	return fmt.Errorf("%s where the database wants another type (%d)", v.describe(), oid)
}

func (v value) encodeInt(b []byte, oid uint32) ([]byte, error) {
	switch {
	case oid == oidInt8:
		return be.AppendUint64(b, uint64(v.n)), nil //nolint:gosec // two's complement
	case oid == oidInt4 && v.n >= math.MinInt32 && v.n <= math.MaxInt32:
		return be.AppendUint32(b, uint32(v.n)), nil //nolint:gosec // two's complement
	case oid == oidInt2 && v.n >= math.MinInt16 && v.n <= math.MaxInt16:
		return be.AppendUint16(b, uint16(v.n)), nil //nolint:gosec // two's complement
	case oid == oidInt4, oid == oidInt2:
		return nil, fmt.Errorf("%d is too large for the column", v.n)
	case oid == oidBool && (v.n == 0 || v.n == 1):
		return append(b, byte(v.n)), nil
	case oid == oidFloat8, oid == oidFloat4, oid == oidNumeric:
		return strconv.AppendInt(b, v.n, 10), nil
	}
	return nil, v.misfit(oid)
}

func (v value) encodeReal(b []byte, oid uint32) ([]byte, error) {
	switch oid {
	case oidFloat8:
		return be.AppendUint64(b, uint64(v.n)), nil //nolint:gosec // bits
	case oidFloat4, oidNumeric:
		return strconv.AppendFloat(b, v.float(), 'g', -1, 64), nil
	}
	return nil, v.misfit(oid)
}

// resultFormats asks for the binary form of what decode understands, in the
// words of Bind.
func resultFormats(oids []uint32) []byte {
	b := be.AppendUint16(nil, uint16(len(oids))) //nolint:gosec // the server has counted them
	for _, oid := range oids {
		switch oid {
		case oidBool, oidBytea, oidInt2, oidInt4, oidInt8, oidText, oidVarchar, oidFloat8:
			b = append(b, 0, 1)
		default:
			b = append(b, 0, 0)
		}
	}
	return b
}

// decodeRow copies a row out of the connection's buffer.
func decodeRow(oids []uint32, raw [][]byte) ([]value, error) {
	if len(raw) != len(oids) {
		return nil, fmt.Errorf("db: %d columns where %d were announced", len(raw), len(oids))
	}
	row := make([]value, len(raw))
	for i, b := range raw {
		if b == nil {
			continue
		}
		var err error
		if row[i], err = decode(oids[i], b); err != nil {
			return nil, fmt.Errorf("db: column %d: %w", i+1, err)
		}
	}
	return row, nil
}

// widths of the types with a fixed binary form.
func width(oid uint32) int {
	switch oid {
	case oidBool:
		return 1
	case oidInt2:
		return 2
	case oidInt4:
		return 4
	case oidInt8, oidFloat8:
		return 8
	default:
		return -1
	}
}

func decode(oid uint32, b []byte) (value, error) {
	if w := width(oid); w >= 0 && len(b) != w {
		return value{}, fmt.Errorf("%d bytes are no value of type %d", len(b), oid)
	}
	switch oid {
	case oidBool:
		return boolValue(b[0] != 0), nil
	case oidInt2:
		return intValue(int64(int16(be.Uint16(b)))), nil //nolint:gosec // two's complement
	case oidInt4:
		return intValue(int64(int32(be.Uint32(b)))), nil //nolint:gosec // two's complement
	case oidInt8:
		return intValue(int64(be.Uint64(b))), nil //nolint:gosec // two's complement
	case oidFloat8:
		return realValue(math.Float64frombits(be.Uint64(b))), nil
	case oidBytea:
		return blobValue(append([]byte{}, b...)), nil
	case oidNumeric: // sums and averages of integers
		if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
			return intValue(n), nil
		}
		f, err := strconv.ParseFloat(string(b), 64)
		return realValue(f), err
	case oidFloat4:
		f, err := strconv.ParseFloat(string(b), 64)
		return realValue(f), err
	default:
		return textValue(string(b)), nil
	}
}
