package tokenserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// decode reads a body strictly: one object, whose members are those of T, each at most
// once, in the spelling of their tags. A missing body is an empty object.
func decode[T any](body []byte) (in T, err error) {
	if body == nil {
		body = []byte("{}")
	}
	fields := map[string]reflect.Value{}
	v := reflect.ValueOf(&in).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = v.Field(i)
	}
	return in, members(body, func(name string, raw json.RawMessage) error {
		f, known := fields[name]
		if !known {
			return fault.Invalidf("request.unknown_field", "There is no member of this name.").WithField(pointer(name))
		}
		delete(fields, name)
		if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, f.Addr().Interface()) != nil {
			return fault.Invalidf("request.type", "The member is of another type: see docs/mobile.").WithField(pointer(name))
		}
		return nil
	})
}

// pointer is the JSON pointer of a member (RFC 6901), cut.
func pointer(name string) string {
	const most = 64
	name = strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	return strings.ToValidUTF8("/"+name[:min(len(name), most)], "")
}

var errSyntax = errors.New("no object")

// members calls f for each member of the one object that body is. A name that comes twice
// is refused.
func members(body []byte, f func(name string, raw json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(body))
	seen := map[string]bool{}
	err := func() error {
		if t, err := d.Token(); err != nil || t != json.Delim('{') {
			return errSyntax
		}
		for d.More() {
			t, err := d.Token()
			name, text := t.(string)
			if err != nil || !text {
				return errSyntax
			}
			var raw json.RawMessage
			if d.Decode(&raw) != nil {
				return errSyntax
			}
			if seen[name] {
				return fault.Invalidf("request.duplicate_field", "The member is there more than once.").WithField(pointer(name))
			}
			seen[name] = true
			if err := f(name, raw); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil {
			return errSyntax
		}
		if d.More() || d.InputOffset() < int64(len(bytes.TrimRight(body, " \t\r\n"))) {
			return errSyntax
		}
		return nil
	}()
	if errors.Is(err, errSyntax) {
		return status(400, "request.json", "The body must be one JSON object.")
	}
	return err
}
