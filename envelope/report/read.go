package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a body: where, and what to do.
type Error struct {
	Field  string // JSON pointer (RFC 6901)
	Reason string
}

// Error returns both.
func (e *Error) Error() string { return "report: " + e.Field + ": " + e.Reason }

func wrong(field, reason string) *Error { return &Error{field, reason} }

// below puts the place of what holds the member in front.
func (e *Error) below(prefix string) *Error {
	return &Error{prefix + e.Field, e.Reason}
}

// Body is a body of a device.
type Body interface {
	Enrollment | Batch | Inquiry | Proofs | Introduction | Wish | Wallet
}

// Append writes a body.
func Append[T Body](b []byte, body T) ([]byte, error) {
	out, err := json.Marshal(body)
	return append(b, out...), err
}

// Read reads a body strictly. What is wrong is an [*Error]; what a body says is checked by its
// method Check.
func Read[T Body](b []byte) (body T, err error) {
	if !utf8.Valid(b) {
		return body, wrong("", "the body is no UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := (&walk{d}).value(reflect.TypeFor[T](), ""); err != nil {
		return body, err
	}
	if len(bytes.TrimLeft(b[d.InputOffset():], " \t\r\n")) > 0 {
		return body, wrong("", "something follows the body")
	}
	if err := json.Unmarshal(b, &body); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return body, wrong("/"+strings.ReplaceAll(kind.Field, ".", "/"), "the value is of another type")
		}
		return body, wrong("", "a value cannot be read")
	}
	return body, nil
}

// walk compares a text with the members of a type.
type walk struct{ d *json.Decoder }

// value walks over one value. A type bounds how deep.
func (w *walk) value(t reflect.Type, at string) error {
	tok, err := w.d.Token()
	if err != nil {
		return wrong(at, "this is no JSON")
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	octets := t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	switch {
	case tok == nil:
		return wrong(at, "leave out what there is not: null is no value")
	case tok == json.Delim('{') && t.Kind() == reflect.Struct:
		return w.object(t, at)
	case tok == json.Delim('[') && t.Kind() == reflect.Slice && !octets:
		return w.list(t.Elem(), at)
	case tok == json.Delim('{') || tok == json.Delim('[') || t.Kind() == reflect.Struct || t.Kind() == reflect.Slice && !octets:
		return wrong(at, "the value is of another type")
	}
	return nil
}

func (w *walk) object(t reflect.Type, at string) error {
	members := map[string]reflect.Type{}
	for f := range fields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		members[name] = f.Type
	}
	for w.d.More() {
		tok, err := w.d.Token()
		name, _ := tok.(string)
		if err != nil {
			return wrong(at, "this is no JSON")
		}
		member, known := members[name]
		if !known {
			return wrong(at, "it has a member that is unknown, or twice")
		}
		delete(members, name)
		if err := w.value(member, at+"/"+name); err != nil {
			return err
		}
	}
	return w.end(at)
}

// list bounds what is read of a list that is too long: its length is checked later.
func (w *walk) list(t reflect.Type, at string) error {
	for n := 0; w.d.More(); n++ {
		if n > MaxEvents {
			return wrong(at, "the list is too long")
		}
		if err := w.value(t, at+"/"+strconv.Itoa(n)); err != nil {
			return err
		}
	}
	return w.end(at)
}

func (w *walk) end(at string) error {
	if _, err := w.d.Token(); err != nil {
		return wrong(at, "this is no JSON")
	}
	return nil
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}
