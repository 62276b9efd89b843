package httpapi

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decoder reads one body into a struct, by its shape.
type decoder struct {
	lexer
	path  [maxDepth]string // to where we are, for the pointer
	depth int
}

// maxDepth bounds how deep fields lie; our own types are far from it.
const maxDepth = 8

// decodeBody reads body, which must be one JSON object and nothing else.
func decodeBody(body []byte, s *shape, into reflect.Value) error {
	d := decoder{lexer: lexer{b: body}}
	if d.next() != '{' {
		return d.broken()
	}
	if err := d.object(s, into); err != nil {
		return err
	}
	if d.next() != 0 || d.i < len(d.b) {
		return d.broken()
	}
	return nil
}

// object reads the object whose brace is next.
func (d *decoder) object(s *shape, into reflect.Value) error {
	d.i++
	var seen uint64
	for first := true; !d.take('}'); first = false {
		if !first && !d.take(',') || d.next() != '"' {
			return d.broken()
		}
		name, err := d.text()
		if err != nil {
			return err
		}
		at, known := s.index[name]
		switch {
		case !known:
			d.push(name)
			return d.wrong("request.unknown_field", "There is no field of this name.")
		case seen&(1<<at) != 0:
			d.push(name)
			return d.wrong("request.duplicate_field", "The field is there more than once.")
		case !d.take(':'):
			return d.broken()
		}
		seen |= 1 << at
		f := &s.fields[at]
		d.push(f.name)
		if err := d.value(f, into.Field(f.at)); err != nil {
			return err
		}
		d.depth--
	}
	for i := range s.fields {
		if f := &s.fields[i]; f.required && seen&(1<<i) == 0 {
			d.push(f.name)
			return d.wrong("request.required", "The field is missing.")
		}
	}
	return nil
}

// value reads one value of the sort that the field has.
func (d *decoder) value(f *field, into reflect.Value) error {
	if f.pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	c := d.next()
	switch {
	case f.sort == text && c == '"':
		s, err := d.text()
		if err != nil {
			return err
		}
		into.SetString(s)
		return d.bounds(f.checkText(s))
	case f.sort == whole && (c == '-' || '0' <= c && c <= '9'):
		n, ok := d.whole()
		if !ok {
			return d.wrong("request.type", "The field must be a whole number of at most 18 digits.")
		}
		into.SetInt(n)
		return d.bounds(f.checkWhole(n))
	case f.sort == flag && (c == 't' || c == 'f'):
		w := d.word()
		into.SetBool(w == "true")
		if w != "true" && w != "false" {
			return d.broken()
		}
		return nil
	case f.sort == object && c == '{':
		return d.object(f.inner, into)
	case f.sort == list && c == '[':
		return d.list(f, into)
	}
	return d.mismatch(f, c)
}

// list reads the list whose bracket is next.
func (d *decoder) list(f *field, into reflect.Value) error {
	d.i++
	for n := 0; !d.take(']'); n++ {
		if n > 0 && !d.take(',') {
			return d.broken()
		}
		if f.longest > 0 && n >= f.longest {
			return d.wrong("request.too_many", "The list may have %d elements.", f.longest)
		}
		into.Grow(1)
		into.SetLen(n + 1)
		d.push(strconv.Itoa(n))
		if err := d.value(f.element, into.Index(n)); err != nil {
			return err
		}
		d.depth--
	}
	return nil
}

// mismatch tells a value of another sort from a text that is not JSON.
func (d *decoder) mismatch(f *field, c byte) error {
	if c == 0 || strings.IndexByte(`"{[-0123456789tfn`, c) < 0 {
		return d.broken()
	}
	if c == 'n' {
		return d.wrong("request.type", "The field cannot be null. Leave it out instead.")
	}
	what := [...]string{text: "a string", whole: "a whole number", flag: "true or false", moment: "a time", object: "an object", list: "a list"}
	return d.wrong("request.type", "The field must be %s.", what[f.sort])
}

func (d *decoder) push(name string) {
	if d.depth < maxDepth {
		d.path[d.depth] = name
	}
	d.depth++
}

// wrong is the refusal of the value where we are.
func (d *decoder) wrong(code, detail string, args ...any) error {
	var p strings.Builder
	for _, name := range d.path[:min(d.depth, maxDepth)] {
		name = strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		p.WriteString("/" + name[:min(len(name), 64)])
	}
	return refuse(http.StatusUnprocessableEntity, code, strings.ToValidUTF8(p.String(), ""), detail, args...)
}

// bounds turns what a check found into a refusal of the value where we are.
func (d *decoder) bounds(m *mistake) error {
	if m == nil {
		return nil
	}
	return d.wrong(m.code, m.detail, m.args...)
}

// mistake is what is wrong with a value.
type mistake struct {
	code, detail string
	args         []any
}

// checkText checks length, characters and choice. Zero bytes and other controls
// but line breaks and tabs belong in no text of ours.
func (f *field) checkText(s string) *mistake {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return &mistake{"request.characters", "The text has control characters.", nil}
		}
	}
	switch {
	case f.longest > 0 && len(s) > f.longest && utf8.RuneCountInString(s) > f.longest:
		return &mistake{"request.too_long", "The text may have %d characters.", []any{f.longest}}
	case f.shortest > 0 && len(s) < 4*f.shortest && utf8.RuneCountInString(s) < f.shortest:
		return &mistake{"request.too_short", "The text must have %d characters at least.", []any{f.shortest}}
	case f.enum != nil && !slices.Contains(f.enum, s):
		return &mistake{"request.choice", "The text must be one of: %s.", []any{strings.Join(f.enum, ", ")}}
	}
	return nil
}

func (f *field) checkWhole(n int64) *mistake {
	if f.bounded && (n < f.min || n > f.max) {
		return &mistake{"request.range", "The number must be from %d to %d.", []any{f.min, f.max}}
	}
	return nil
}
