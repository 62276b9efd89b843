package httpapi

import (
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// decodeParams reads the parameters of a request that the shape names. Unknown
// and repeated parameters of the query are refused.
func decodeParams(r *http.Request, s *shape, into reflect.Value) error {
	query, err := queryOf(r, s)
	if err != nil {
		return err
	}
	for i := range s.params {
		f := &s.params[i]
		var v string
		switch f.in {
		case "path":
			v = r.PathValue(f.name)
		case "query":
			v = query.Get(f.name)
		case "header":
			v = r.Header.Get(f.name)
		}
		if v == "" && !f.required {
			continue
		}
		if err := f.set(into.Field(f.at), v); err != nil {
			return err
		}
	}
	return nil
}

// queryOf parses the query, if there is one.
func queryOf(r *http.Request, s *shape) (url.Values, error) {
	if r.URL.RawQuery == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "request.query", "", "The query is not in the form name=value&name=value.")
	}
	for name, values := range query {
		known := false
		for i := range s.params {
			known = known || s.params[i].in == "query" && s.params[i].name == name
		}
		switch {
		case !known:
			return nil, refuse(http.StatusUnprocessableEntity, "request.unknown_parameter", "", "There is no parameter of this name in the query: see the operation's list.")
		case len(values) > 1:
			return nil, refuse(http.StatusUnprocessableEntity, "request.duplicate_parameter", name, "The parameter is there more than once.")
		}
	}
	return query, nil
}

// set stores a parameter.
func (f *field) set(into reflect.Value, v string) error {
	wrong := func(code, detail string, args ...any) error {
		return refuse(http.StatusUnprocessableEntity, code, f.name, detail, args...)
	}
	if !utf8.ValidString(v) {
		return wrong("request.characters", "The parameter is not UTF-8.")
	}
	var m *mistake
	switch f.sort {
	case text:
		into.SetString(v)
		m = f.checkText(v)
	case whole:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != v {
			return wrong("request.type", "The parameter must be a whole number.")
		}
		into.SetInt(n)
		m = f.checkWhole(n)
	case flag:
		if v != "true" && v != "false" {
			return wrong("request.type", "The parameter must be true or false.")
		}
		into.SetBool(v == "true")
	case moment:
		t, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return wrong("request.type", "The parameter must be a time such as 2026-11-02T09:00:00Z.")
		}
		into.Set(reflect.ValueOf(t))
	case object, list:
		return wrong("request.type", "The parameter cannot be read.")
	}
	if m != nil {
		return wrong(m.code, m.detail, m.args...)
	}
	return nil
}
