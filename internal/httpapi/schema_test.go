package httpapi_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a JSON object; members of other types read as empty ones.
type object map[string]any

func (o object) object(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) list(name string) []any {
	l, _ := o[name].([]any)
	return l
}

// document is the OpenAPI document as a reader sees it.
type document struct{ object }

func parseDocument(b []byte) (d document) {
	if err := json.Unmarshal(b, &d.object); err != nil {
		panic(err)
	}
	return d
}

// follow resolves a reference; nil when it leads nowhere.
func (d document) follow(s object) object {
	ref := s.text("$ref")
	if ref == "" {
		return s
	}
	return d.object.object("components").object("schemas").object(strings.TrimPrefix(ref, "#/components/schemas/"))
}

// operation finds an operation by method and actual path.
func (d document) operation(method, path string) (template string, op object) {
	path, _, _ = strings.Cut(path, "?")
	best := -1
	for t, item := range d.object.object("paths") {
		literal, ok := fits(t, path)
		m, _ := item.(map[string]any)
		if found := object(m).object(strings.ToLower(method)); ok && found != nil && literal > best {
			template, op, best = t, found, literal
		}
	}
	return template, op
}

// fits reports whether a path is one of a template, and how literally.
func fits(template, path string) (literal int, ok bool) {
	a, b := strings.Split(template, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return 0, false
	}
	for i := range a {
		switch {
		case strings.HasPrefix(a[i], "{"):
		case a[i] == b[i]:
			literal++
		default:
			return 0, false
		}
	}
	return literal, true
}

// validate checks a value against a schema: the words that the document uses, and
// an error for a word that it does not know.
func (d document) validate(s object, v any, at string) error {
	s = d.follow(s)
	if s == nil {
		return fmt.Errorf("%s: a reference leads nowhere", at)
	}
	for word := range s {
		if !slices.Contains([]string{
			"type", "description", "properties", "required", "additionalProperties", "items", "enum", "format", "default",
			"minLength", "maxLength", "minimum", "maximum", "maxItems", "contentMediaType", "examples",
		}, word) {
			return fmt.Errorf("%s: unknown word %s", at, word)
		}
	}
	if e := s.list("enum"); e != nil && !slices.Contains(e, v) {
		return fmt.Errorf("%s: %v is none of %v", at, v, e)
	}
	switch t := s.text("type"); t {
	case "":
		return nil
	case "object":
		return d.validateObject(s, v, at)
	case "array":
		l, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%s: %v is no list", at, v)
		}
		for i, x := range l {
			if err := d.validate(s.object("items"), x, fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "string":
		return validateText(s, v, at)
	case "integer":
		f, ok := v.(float64)
		if !ok || f != math.Trunc(f) {
			return fmt.Errorf("%s: %v is no whole number", at, v)
		}
		return nil
	case "boolean":
		if _, ok := v.(bool); !ok {
			return fmt.Errorf("%s: %v is neither true nor false", at, v)
		}
		return nil
	default:
		return fmt.Errorf("%s: unknown type %s", at, t)
	}
}

func (d document) validateObject(s object, v any, at string) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %v is no object", at, v)
	}
	for _, name := range s.list("required") {
		if _, ok := m[name.(string)]; !ok {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	for name, x := range m {
		p := s.object("properties").object(name)
		if p == nil {
			if s.object("properties") == nil && s["additionalProperties"] != false {
				continue
			}
			return fmt.Errorf("%s: %s is not documented", at, name)
		}
		if err := d.validate(p, x, at+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

func validateText(s object, v any, at string) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%s: %v is no string", at, v)
	}
	if most, ok := s["maxLength"].(float64); ok && utf8.RuneCountInString(text) > int(most) {
		return fmt.Errorf("%s: longer than %v", at, most)
	}
	if s.text("format") == "date-time" {
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil || !strings.HasSuffix(text, "Z") {
			return fmt.Errorf("%s: %q is no time in UTC", at, text)
		}
	}
	return nil
}

// conforms checks an answer against the document: status, media type and body.
func (r *response) conforms() error {
	d := r.w.document
	template, op := d.operation(r.req.method, r.req.path)
	if op == nil {
		if r.code != 404 && r.code != 405 {
			return fmt.Errorf("%v: no such operation is documented", r)
		}
		return nil
	}
	documented := op.object("responses").object(strconv.Itoa(r.code))
	if documented == nil {
		return fmt.Errorf("%v: %s does not document this status", r, template)
	}
	content := documented.object("content")
	if content == nil {
		if len(r.raw) > 0 {
			return fmt.Errorf("%v: there is a body", r)
		}
		return nil
	}
	media := content.object(r.head.Get("Content-Type"))
	if media == nil {
		return fmt.Errorf("%v: the media type %s is not documented", r, r.head.Get("Content-Type"))
	}
	if r.value == nil {
		return nil
	}
	return d.validate(media.object("schema"), r.value, "")
}
