package db

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
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

// Formats of the protocol.
const (
	textFormat   int16 = 0
	binaryFormat int16 = 1
)

func encodeAll(sql string, args []value, oids []uint32) ([][]byte, []int16, error) {
	if len(args) != len(oids) {
		return nil, nil, fmt.Errorf("db: %q wants %d arguments, not %d", sql, len(oids), len(args))
	}
	params, formats := make([][]byte, len(args)), make([]int16, len(args))
	for i, v := range args {
		var err error
		if params[i], formats[i], err = v.encode(oids[i]); err != nil {
			return nil, nil, fmt.Errorf("db: argument $%d of %q: %w", i+1, sql, err)
		}
	}
	return params, formats, nil
}

// encode writes a value in the form that a parameter of the given type takes.
func (v value) encode(oid uint32) ([]byte, int16, error) {
	switch v.kind {
	case integer:
		return v.encodeInt(oid)
	case real:
		return v.encodeReal(oid)
	case text:
		return []byte(v.s), textFormat, nil // PostgreSQL reads the text as whatever it wants
	case blob:
		if oid != oidBytea {
			return nil, 0, fmt.Errorf("bytes where the database wants another type (%d)", oid)
		}
		return v.b, binaryFormat, nil
	default:
		return nil, binaryFormat, nil
	}
}

func (v value) encodeInt(oid uint32) ([]byte, int16, error) {
	switch oid {
	case oidInt8:
		return binary.BigEndian.AppendUint64(nil, uint64(v.n)), binaryFormat, nil //nolint:gosec // two's complement
	case oidInt4:
		if v.n < math.MinInt32 || v.n > math.MaxInt32 {
			return nil, 0, fmt.Errorf("%d does not fit into an INTEGER", v.n)
		}
		return binary.BigEndian.AppendUint32(nil, uint32(v.n)), binaryFormat, nil //nolint:gosec // two's complement
	case oidInt2:
		if v.n < math.MinInt16 || v.n > math.MaxInt16 {
			return nil, 0, fmt.Errorf("%d does not fit into a SMALLINT", v.n)
		}
		return binary.BigEndian.AppendUint16(nil, uint16(v.n)), binaryFormat, nil //nolint:gosec // two's complement
	case oidBool:
		if v.n == 0 || v.n == 1 {
			return []byte{byte(v.n)}, binaryFormat, nil
		}
	case oidFloat8, oidFloat4, oidNumeric:
		return strconv.AppendInt(nil, v.n, 10), textFormat, nil
	}
	return nil, 0, fmt.Errorf("an integer where the database wants another type (%d)", oid)
}

func (v value) encodeReal(oid uint32) ([]byte, int16, error) {
	switch oid {
	case oidFloat8:
		return binary.BigEndian.AppendUint64(nil, uint64(v.n)), binaryFormat, nil //nolint:gosec // bits
	case oidFloat4, oidNumeric:
		return strconv.AppendFloat(nil, v.float(), 'g', -1, 64), textFormat, nil
	}
	return nil, 0, fmt.Errorf("a number where the database wants another type (%d)", oid)
}

// resultFormats asks for the binary form of what decode understands.
func resultFormats(fields []pgconn.FieldDescription) []int16 {
	formats := make([]int16, len(fields))
	for i, f := range fields {
		switch f.DataTypeOID {
		case oidBool, oidBytea, oidInt2, oidInt4, oidInt8, oidText, oidVarchar, oidFloat8:
			formats[i] = binaryFormat
		}
	}
	return formats
}

// decodeRow copies a row out of the connection's buffer.
func decodeRow(fields []pgconn.FieldDescription, raw [][]byte) ([]value, error) {
	row := make([]value, len(raw))
	for i, b := range raw {
		if b == nil {
			continue
		}
		var err error
		if row[i], err = decode(fields[i].DataTypeOID, b); err != nil {
			return nil, fmt.Errorf("db: column %d: %w", i+1, err)
		}
	}
	return row, nil
}

func decode(oid uint32, b []byte) (value, error) {
	switch oid {
	case oidBool:
		return boolValue(b[0] != 0), nil
	case oidInt2:
		return intValue(int64(int16(binary.BigEndian.Uint16(b)))), nil //nolint:gosec // two's complement
	case oidInt4:
		return intValue(int64(int32(binary.BigEndian.Uint32(b)))), nil //nolint:gosec // two's complement
	case oidInt8:
		return intValue(int64(binary.BigEndian.Uint64(b))), nil //nolint:gosec // two's complement
	case oidFloat8:
		return realValue(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
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
