package mss

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// reader takes values out of a tree by local names. The first thing that is wrong stays as
// its fault; everything after that reads as absent.
type reader struct{ fault *Fault }

func (r *reader) fail(code int, detail string) {
	if r.fault == nil {
		r.fault = &Fault{Code: code, Detail: detail}
	}
}

// child is the only child with a name; nil when there is none.
func (r *reader) child(n *node, name string) *node {
	var found *node
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name != name {
			continue
		}
		if found != nil {
			r.fail(WrongParam, name+" stands more than once.")
			return nil
		}
		found = k
	}
	return found
}

// all are the children with a name.
func all(n *node, name string) (found []*node) {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			found = append(found, k)
		}
	}
	return found
}

// value is an attribute, or the text of the only child with its name: clients differ.
func (r *reader) value(n *node, name string) string {
	if n == nil {
		return ""
	}
	text, given := "", false
	for _, a := range n.attrs {
		if a.name != name {
			continue
		}
		if given {
			r.fail(WrongParam, name+" stands more than once.")
		}
		text, given = a.value, true
	}
	k := r.child(n, name)
	switch {
	case k == nil:
		return text
	case given:
		r.fail(WrongParam, name+" stands more than once.")
		return ""
	}
	return strings.TrimSpace(k.text)
}

// need is a value that must be there.
func (r *reader) need(n *node, name string) string {
	v := r.value(n, name)
	if v == "" {
		r.fail(MissingParam, name+" is missing.")
	}
	return v
}

// uri is the mssURI of a child, or its text, as JSON has it.
func (r *reader) uri(n *node, name string) string { return r.uriOf(r.child(n, name)) }

func (r *reader) uriOf(n *node) string {
	if n == nil {
		return ""
	}
	if u := r.value(n, "mssURI"); u != "" {
		return u
	}
	return strings.TrimSpace(n.text)
}

// content is the text of an element, or what JSON has in its place.
func (r *reader) content(n *node) string {
	if n == nil {
		return ""
	}
	data, value := r.child(n, "Data"), r.child(n, "Value")
	switch {
	case data != nil && value != nil:
		r.fail(WrongParam, n.name+" has Data and Value: one of them is expected.")
	case data != nil:
		return data.text
	case value != nil:
		return value.text
	}
	return n.text
}

// time is an xs:dateTime; one without a zone is meant in UTC.
func (r *reader) time(name, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		t, err := time.Parse(layout, text)
		if t = t.UTC(); err == nil && t.Year() > 1 && t.Year() <= 9999 { // the zero time stands for none
			return t
		}
	}
	r.fail(WrongParam, name+" is no date and time.")
	return time.Time{}
}

// number is a whole number that is not negative; 0 when it is absent.
func (r *reader) number(name, text string) int {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		r.fail(WrongParam, name+" is no whole number.")
	}
	return int(n)
}

func (r *reader) flag(name, text string) bool {
	switch text {
	case "true", "1":
		return true
	case "", "false", "0":
	default:
		r.fail(WrongParam, name+" is neither true nor false.")
	}
	return false
}

func (r *reader) base64(name, text string) []byte {
	if text == "" {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		r.fail(WrongParam, name+" is not in base64.")
	}
	return b
}

// formatTime writes an xs:dateTime in UTC; nothing for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999999Z")
}
