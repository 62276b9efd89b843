package db

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// kind is one of the five things that both databases can store.
type kind uint8

const (
	null kind = iota
	integer
	real
	text
	blob
)

var kindNames = [...]string{"NULL", "an integer", "a number", "a text", "bytes"}

// value is one argument or one cell of a result, in the form that both
// databases share: a time is already an integer here, an ID already bytes.
type value struct {
	kind kind
	n    int64 // integer, or the bits of a real
	s    string
	b    []byte
}

func intValue(n int64) value     { return value{kind: integer, n: n} }
func realValue(f float64) value  { return value{kind: real, n: int64(math.Float64bits(f))} } //nolint:gosec // bits, not a number
func textValue(s string) value   { return value{kind: text, s: s} }
func (v value) float() float64   { return math.Float64frombits(uint64(v.n)) } //nolint:gosec // bits, not a number
func (v value) describe() string { return kindNames[v.kind] }

func blobValue(b []byte) value {
	if b == nil {
		return value{}
	}
	return value{kind: blob, b: b}
}

func boolValue(b bool) value {
	if b {
		return intValue(1)
	}
	return intValue(0)
}

// timeValue is microseconds since 1970 in UTC; the zero time is NULL.
func timeValue(t time.Time) value {
	if t.IsZero() {
		return value{}
	}
	return intValue(t.UnixMicro())
}

func idValue(id ident.ID) value {
	if id.IsZero() {
		return value{}
	}
	return value{kind: blob, b: id[:]}
}

var errTooBig = errors.New("an unsigned number above 2^63-1 does not fit into a column")

// toValue converts an argument. The types that matter come first; named types
// and pointers are found by reflection.
func toValue(arg any) (value, error) {
	switch a := arg.(type) {
	case nil:
		return value{}, nil
	case int64:
		return intValue(a), nil
	case int:
		return intValue(int64(a)), nil
	case string:
		return checkText(a)
	case []byte:
		return blobValue(a), nil
	case ident.ID:
		return idValue(a), nil
	case time.Time:
		return timeValue(a), nil
	case bool:
		return boolValue(a), nil
	case float64:
		return realValue(a), nil
	case value:
		return a, nil
	}
	return reflectValue(reflect.ValueOf(arg))
}

func reflectValue(v reflect.Value) (value, error) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return value{}, nil
		}
		return toValue(v.Elem().Interface())
	}
	if a, ok := v.Interface().(driver.Valuer); ok {
		got, err := a.Value()
		if err != nil {
			return value{}, err
		}
		return toValue(got)
	}
	switch v.Kind() {
	case reflect.Bool:
		return boolValue(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intValue(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return value{}, errTooBig
		}
		return intValue(int64(v.Uint())), nil //nolint:gosec // checked above
	case reflect.Float32, reflect.Float64:
		return realValue(v.Float()), nil
	case reflect.String:
		return checkText(v.String())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return blobValue(v.Bytes()), nil
		}
	case reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return blobValue(b), nil
		}
	default:
	}
	return value{}, fmt.Errorf("a %s cannot be stored", v.Type())
}

// checkText refuses what PostgreSQL cannot store as text, on both databases.
func checkText(s string) (value, error) {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return value{}, fault.Invalidf("db.text", "A text has bytes that are no characters. Send UTF-8 without zero bytes.")
	}
	return textValue(s), nil
}

func toValues(args []any) ([]value, error) {
	vs := make([]value, len(args))
	for i, a := range args {
		v, err := toValue(a)
		if err != nil {
			return nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		vs[i] = v
	}
	return vs, nil
}
