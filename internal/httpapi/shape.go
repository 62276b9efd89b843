package httpapi

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// sort is what a field holds.
type sort uint8

const (
	text   sort = iota // string
	whole              // int, int64
	flag               // bool
	moment             // time.Time; parameters only
	object             // struct
	list               // slice of one of the others
)

// shape is what the decoder knows about a request type. It is made once, from the
// tags that also make the schema: json, path, query, header, minLength, maxLength,
// minimum, maximum, enum, maxItems. A json field without omitempty is required.
type shape struct {
	fields []field
	index  map[string]int // of body fields, by name
	params []field
}

// field is one field of a struct, or the element of a list.
type field struct {
	name     string
	in       string // "path", "query" or "header" of a parameter; "" of a body field
	at       int    // in the struct
	sort     sort
	pointer  bool
	required bool
	shortest int // characters
	longest  int // characters, or elements of a list; 0: any
	min, max int64
	bounded  bool // min and max count
	enum     []string
	inner    *shape // of an object
	element  *field // of a list
}

const maxFields = 64 // the decoder keeps what it has seen in the bits of a word

// shapeOf panics on a type that it cannot read: the table of operations is ours.
func shapeOf(t reflect.Type) *shape {
	s := &shape{index: map[string]int{}}
	for i := range t.NumField() {
		sf := t.Field(i)
		f := fieldOf(sf, i)
		switch {
		case f.in != "":
			s.params = append(s.params, f)
		case f.name != "":
			s.index[f.name] = len(s.fields)
			s.fields = append(s.fields, f)
		}
	}
	if len(s.fields) > maxFields {
		panic("httpapi: too many fields in " + t.String())
	}
	return s
}

func fieldOf(sf reflect.StructField, at int) field {
	f := field{at: at}
	for _, in := range []string{"path", "query", "header"} {
		if name, ok := sf.Tag.Lookup(in); ok {
			f.in, f.name, f.required = in, name, in == "path"
		}
	}
	if f.in == "" {
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "-" {
			return f
		}
		f.name, f.required = name, options != "omitempty"
	}
	f.limits(sf.Tag)
	f.typed(sf.Type)
	return f
}

func (f *field) limits(tag reflect.StructTag) {
	number := func(name string) (int64, bool) {
		v, ok := tag.Lookup(name)
		if !ok {
			return 0, false
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			panic("httpapi: tag " + name + " of " + f.name)
		}
		return n, true
	}
	least, _ := number("minLength")
	most, _ := number("maxLength")
	if items, ok := number("maxItems"); ok {
		most = items
	}
	f.shortest, f.longest = int(least), int(most)
	var ok1, ok2 bool
	f.min, ok1 = number("minimum")
	f.max, ok2 = number("maximum")
	if f.bounded = ok1; ok1 != ok2 {
		panic("httpapi: minimum and maximum go together: " + f.name)
	}
	if e := tag.Get("enum"); e != "" {
		f.enum = strings.Split(e, ",")
	}
}

func (f *field) typed(t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		f.pointer, t = true, t.Elem()
	}
	switch {
	case t.Kind() == reflect.String:
		f.sort = text
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		f.sort = whole
	case t.Kind() == reflect.Bool:
		f.sort = flag
	case t == reflect.TypeFor[time.Time]() && f.in != "":
		f.sort = moment
	case t.Kind() == reflect.Struct:
		f.sort, f.inner = object, shapeOf(t)
	case t.Kind() == reflect.Slice:
		f.sort, f.element = list, &field{name: f.name}
		f.element.typed(t.Elem())
	default:
		panic(fmt.Sprintf("httpapi: field %s has the type %s, which requests cannot have", f.name, t))
	}
}
