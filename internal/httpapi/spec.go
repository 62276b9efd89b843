package httpapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// spec is what the page needs of an OpenAPI document.
type spec struct {
	Info struct{ Title, Version, Description string }
	Tags []struct{ Name, Description string }

	Servers    []struct{ URL string }
	Paths      map[string]map[string]specOperation
	Components struct {
		Schemas         map[string]*schema
		SecuritySchemes map[string]struct {
			Flows struct {
				ClientCredentials struct{ Scopes map[string]string }
			}
		}
	}
}

type specOperation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Security                          []map[string][]string
	Parameters                        []struct {
		Name, In, Description string
		Required              bool
		Schema                *schema
	}
	RequestBody struct{ Content map[string]media }
	Responses   map[string]struct {
		Description string
		Content     map[string]media
	}
}

type media struct {
	Schema  *schema
	Example json.RawMessage
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Format, Description  string
	Properties           map[string]*schema
	Required             []string
	Items                *schema
	Enum                 []any
	Default              any
	MinLength, MaxLength *int
	Minimum, Maximum     *float64
	MaxItems             *int
}

// tagged returns the operations with a tag, in the order of their ids in order: the
// document's own order is that of the alphabet.
func (d *spec) tagged(tag string, order []string) (all []entry) {
	for address, methods := range d.Paths {
		for method, op := range methods {
			if slices.Contains(op.Tags, tag) {
				all = append(all, d.entry(address, method, op))
			}
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return slices.Index(order, a.ID) - slices.Index(order, b.ID) })
	return all
}

func (d *spec) entry(address, method string, op specOperation) entry {
	e := entry{ID: op.OperationID, Method: strings.ToUpper(method), Path: address, Summary: op.Summary, Text: op.Description}
	for _, s := range op.Security {
		e.Scopes = append(e.Scopes, s[securityName]...)
	}
	for _, p := range op.Parameters {
		e.Parameters = append(e.Parameters, row{Name: p.Name, Type: p.In + ", " + d.kind(p.Schema), Text: p.Description, Required: p.Required})
	}
	types := slices.Sorted(maps.Keys(op.RequestBody.Content))
	e.RequestTypes = strings.Join(types, ", ")
	for _, t := range types {
		if m := op.RequestBody.Content[t]; m.Example != nil && e.RequestExample == "" {
			e.Request, e.RequestExample = d.rows("", m.Schema, nil), pretty(m.Example)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		if status >= "400" {
			e.Failures = append(e.Failures, pair{status, r.Description})
			continue
		}
		a := answer{Status: status, Text: r.Description}
		for _, m := range r.Content {
			a.Fields, a.Example = d.rows("", m.Schema, nil), pretty(m.Example)
		}
		if len(e.Answers) > 0 { // one kind of answer under two statuses is shown once
			a.Fields, a.Example = nil, ""
		}
		e.Answers = append(e.Answers, a)
	}
	return e
}

// follow resolves a reference.
func (d *spec) follow(s *schema) *schema {
	if s != nil && s.Ref != "" {
		return d.Components.Schemas[strings.TrimPrefix(s.Ref, schemaPrefix)]
	}
	return s
}

// rows lists the fields of an object, those inside it under names with points.
func (d *spec) rows(prefix string, s *schema, all []row) []row {
	s = d.follow(s)
	if s == nil {
		return all
	}
	required := func(name string) bool { return slices.Contains(s.Required, name) }
	names := slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		if required(a) != required(b) {
			return map[bool]int{true: -1, false: 1}[required(a)]
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		p := s.Properties[name]
		all = append(all, row{Name: prefix + name, Type: d.kind(p), Text: p.Description, Required: required(name)})
		inner := d.follow(p)
		if inner.Items != nil {
			all = d.rows(prefix+name+"[].", inner.Items, all)
		}
		all = d.rows(prefix+name+".", inner, all)
	}
	return all
}

// kind describes a type in a few words.
func (d *spec) kind(s *schema) string {
	s = d.follow(s)
	if s.Items != nil {
		return "list of " + d.kind(s.Items) + "s"
	}
	if len(s.Enum) > 0 {
		var names []string
		for _, e := range s.Enum {
			if text, ok := e.(string); ok {
				names = append(names, text)
			}
		}
		return strings.Join(names, " | ")
	}
	words := []string{map[string]string{"": "any", "integer": "whole number", "boolean": "true or false"}[s.Type]}
	if words[0] == "" {
		words[0] = s.Type
	}
	switch {
	case s.Format == "date-time":
		words[0] = "time"
	case s.MaxLength != nil:
		words = append(words, "up to "+strconv.Itoa(*s.MaxLength)+" characters")
	case s.Minimum != nil && s.Maximum != nil:
		words = append(words, strconv.FormatFloat(*s.Minimum, 'f', -1, 64)+" to "+strconv.FormatFloat(*s.Maximum, 'f', -1, 64))
	}
	return strings.Join(words, ", ")
}
