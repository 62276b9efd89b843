package db

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// ErrNoRow is what [Row.Scan] returns when the query found no row.
var ErrNoRow = errors.New("db: no row")

// Row is one row of a result, or the reason why there is none.
type Row struct {
	cells []value
	err   error
}

// Scan puts the cells of the row, in order, where dest points; as many as there
// are columns. It returns [ErrNoRow] when there is no row, and the error of the
// statement when that failed.
//
// Times come back in UTC, truncated to microseconds. NULL gives the zero value
// of whatever it is scanned into; a pointer to a pointer (**string) becomes nil.
// Named types of the basic kinds, byte arrays of the right length and
// everything with a method Scan(any) error are understood.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if len(dest) != len(r.cells) {
		return fmt.Errorf("db: the row has %d columns, not %d", len(r.cells), len(dest))
	}
	for i, d := range dest {
		if err := r.cells[i].scan(d); err != nil {
			return fmt.Errorf("db: column %d: %w", i+1, err)
		}
	}
	return nil
}

func (v value) scan(dest any) error {
	switch d := dest.(type) {
	case *int64:
		return into(d, v, v.int)
	case *int:
		n, err := v.int()
		*d = int(n)
		return err
	case *string:
		return into(d, v, v.text)
	case *[]byte:
		return into(d, v, v.bytes)
	case *ident.ID:
		return v.scanID(d)
	case *time.Time:
		return v.scanTime(d)
	case *bool:
		n, err := v.int()
		*d = n != 0
		return err
	case *float64:
		return into(d, v, v.number)
	case interface{ Scan(src any) error }:
		return d.Scan(v.any())
	}
	return v.reflect(reflect.ValueOf(dest))
}

func into[T any](dest *T, v value, get func() (T, error)) error {
	if v.kind == null {
		var zero T
		*dest = zero
		return nil
	}
	got, err := get()
	*dest = got
	return err
}

// mismatch never names the cell's content: it may be a secret.
func (v value) mismatch(want string) error {
	return fmt.Errorf("%s is not %s", v.describe(), want)
}

func (v value) int() (int64, error) {
	switch v.kind {
	case null, integer:
		return v.n, nil
	default:
		return 0, v.mismatch(kindNames[integer])
	}
}

func (v value) number() (float64, error) {
	switch v.kind {
	case integer:
		return float64(v.n), nil
	case real:
		return v.float(), nil
	default:
		return 0, v.mismatch(kindNames[real])
	}
}

func (v value) text() (string, error) {
	if v.kind != text {
		return "", v.mismatch(kindNames[text])
	}
	return v.s, nil
}

func (v value) bytes() ([]byte, error) {
	switch v.kind {
	case blob:
		return v.b, nil
	case text:
		return []byte(v.s), nil
	default:
		return nil, v.mismatch(kindNames[blob])
	}
}

func (v value) scanTime(d *time.Time) error {
	*d = time.Time{}
	if v.kind == null {
		return nil
	}
	n, err := v.int()
	if err == nil {
		*d = time.UnixMicro(n).UTC()
	}
	return err
}

func (v value) scanID(d *ident.ID) error {
	*d = ident.ID{}
	if v.kind == null {
		return nil
	}
	if v.kind != blob || len(v.b) != len(d) {
		return v.mismatch("an id of 16 bytes")
	}
	copy(d[:], v.b)
	return nil
}

// any gives the value to a Scan method, in the vocabulary of database/sql.
func (v value) any() any {
	switch v.kind {
	case integer:
		return v.n
	case real:
		return v.float()
	case text:
		return v.s
	case blob:
		return v.b
	default:
		return nil
	}
}

func (v value) reflect(ptr reflect.Value) error {
	if ptr.Kind() != reflect.Pointer || ptr.IsNil() {
		return fmt.Errorf("the destination is a %v, not a pointer", ptr.Kind())
	}
	d := ptr.Elem()
	if v.kind == null {
		d.SetZero()
		return nil
	}
	switch d.Kind() {
	case reflect.Pointer:
		d.Set(reflect.New(d.Type().Elem()))
		return v.scan(d.Interface())
	case reflect.Bool:
		n, err := v.int()
		d.SetBool(n != 0)
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.setInt(d)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.setUint(d)
	case reflect.Float32, reflect.Float64:
		f, err := v.number()
		d.SetFloat(f)
		return err
	case reflect.String:
		s, err := v.text()
		d.SetString(s)
		return err
	default:
		return v.setBytes(d)
	}
}

func (v value) setInt(d reflect.Value) error {
	n, err := v.int()
	if err == nil && d.OverflowInt(n) {
		return fmt.Errorf("the number is too large for a %s", d.Type())
	}
	d.SetInt(n)
	return err
}

func (v value) setUint(d reflect.Value) error {
	n, err := v.int()
	if err == nil && (n < 0 || d.OverflowUint(uint64(n))) {
		return fmt.Errorf("the number does not fit into a %s", d.Type())
	}
	d.SetUint(uint64(n)) //nolint:gosec // checked above
	return err
}

// setBytes fills a named byte slice or a byte array of exactly that length.
func (v value) setBytes(d reflect.Value) error {
	k := d.Kind()
	if (k != reflect.Slice && k != reflect.Array) || d.Type().Elem().Kind() != reflect.Uint8 {
		return fmt.Errorf("a %s cannot be scanned into", d.Type())
	}
	b, err := v.bytes()
	switch {
	case err != nil:
		return err
	case k == reflect.Slice:
		d.SetBytes(b)
	case d.Len() != len(b):
		return fmt.Errorf("%d bytes do not fill a %s", len(b), d.Type())
	default:
		reflect.Copy(d, reflect.ValueOf(b))
	}
	return nil
}
