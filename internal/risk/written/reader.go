package written

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// Reader reads documents of type T. It is safe for concurrent use.
type Reader[T any] struct{ read decode }

// decode reads one value at the cursor; false for a form that it does not know.
type decode func(c *cursor, to reflect.Value) bool

// New makes a reader. What T has that readers do not know (maps, pointers,
// interfaces, recursion) makes documents that use it slow, not wrong; a type that
// refers to itself is not for readers.
func New[T any]() *Reader[T] { return &Reader[T]{of(reflect.TypeFor[T]())} }

// Read reads a document. The errors are those of encoding/json.
func (r *Reader[T]) Read(text string) (v T, err error) {
	c := cursor{text: text}
	if r.read(&c, reflect.ValueOf(&v).Elem()) && c.at == len(text) {
		return v, nil
	}
	var slow T
	err = json.Unmarshal([]byte(text), &slow)
	return slow, err
}

// of chooses how values of a type are read.
func of(t reflect.Type) decode {
	if t == reflect.TypeFor[time.Time]() {
		return moment
	}
	if p := reflect.PointerTo(t); p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return unknown
	}
	switch t.Kind() { //nolint:exhaustive // others are unknown
	case reflect.String:
		return text
	case reflect.Bool:
		return boolean
	case reflect.Int, reflect.Int64:
		return whole
	case reflect.Float64:
		return number
	case reflect.Array:
		return array(of(t.Elem()))
	case reflect.Slice:
		return slice(of(t.Elem()))
	case reflect.Struct:
		return object(fields(t))
	}
	return unknown
}

func unknown(*cursor, reflect.Value) bool { return false }

// field is a field of a struct that may stand in a document.
type field struct {
	index int
	read  decode
}

func fields(t reflect.Type) map[string]field {
	all := map[string]field{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || f.Anonymous || name == "-" || strings.Contains(options, "string"):
			continue // a document with it is not for us
		case name == "":
			name = f.Name
		}
		all[name] = field{i, of(f.Type)}
	}
	return all
}
