package ui

import (
	"strconv"
	"strings"
)

// Field is a form field with everything that belongs to it. Templates build it
// in a pipe:
//
//	{{template "field" (field .Form "customer" | label (t "login.customer") | hint (t "login.hint") | complete "username" | required)}}
type Field struct {
	Name, Value string
	Label, Hint string
	Error       string
	Kind        string // of the input element, or "select", "textarea", "radio", "checkbox"
	Complete    string // autocomplete token
	Mode        string // inputmode
	Pattern     string
	Class       string
	MaxLength   int
	Required    bool
	Optional    bool // says so beside the label
	Focus       bool // takes the focus when the page opens
	Choices     []Choice
}

// Choice is one option of a select or radio field.
type Choice struct{ Value, Text string }

// newField starts a text field with what the form holds for it.
func newField(f *Form, name string) Field {
	x := Field{Name: name, Kind: "text"}
	if f != nil {
		x.Value, x.Error = f.Raw(name), f.Fault(name)
	}
	return x
}

// ID is the element's id; errors link to it.
func (x Field) ID() string { return "f-" + x.Name }

// Describe lists the ids of hint and error for aria-describedby.
func (x Field) Describe() string {
	var ids []string
	if x.Hint != "" {
		ids = append(ids, x.ID()+"-hint")
	}
	if x.Error != "" {
		ids = append(ids, x.ID()+"-error")
	}
	return strings.Join(ids, " ")
}

// Secret reports whether the field is masked.
func (x Field) Secret() bool { return x.Kind == "password" }

// Max is the maxlength attribute, or "".
func (x Field) Max() string {
	if x.MaxLength > 0 {
		return strconv.Itoa(x.MaxLength)
	}
	return ""
}

// secret masks the field and forgets its value: a secret is never sent back to
// the page (SCA-20). The token is for autocomplete: "current-password",
// "new-password", "off".
func secret(complete string, x Field) Field {
	x.Kind, x.Value, x.Complete = "password", "", complete
	return x
}

// code makes the field for a one-time code of so many digits: masked (SCA-20),
// with a numeric keypad on phones. One can type blanks between digits, so
// maxlength leaves room.
func code(digits int, x Field) Field {
	x.Kind, x.Value, x.Complete, x.Mode = "password", "", "one-time-code", "numeric"
	x.MaxLength, x.Class = 2*digits+8, "code"
	return x
}

func kind(k string, x Field) Field     { x.Kind = k; return x }
func label(s string, x Field) Field    { x.Label = s; return x }
func hint(s string, x Field) Field     { x.Hint = s; return x }
func complete(s string, x Field) Field { x.Complete = s; return x }
func mode(s string, x Field) Field     { x.Mode = s; return x }
func class(s string, x Field) Field    { x.Class = s; return x }
func maxlength(n int, x Field) Field   { x.MaxLength = n; return x }
func required(x Field) Field           { x.Required = true; return x }
func optional(x Field) Field           { x.Optional = true; return x }
func focus(x Field) Field              { x.Focus = true; return x }

// mend gives a field the focus when it is the first wrong one of its form, so that
// its error is read first.
func mend(f *Form, x Field) Field { x.Focus = f.firstWrong(x.Name); return x }

// start is mend for the field at which one begins.
func start(f *Form, x Field) Field { x.Focus = f.OK() || f.firstWrong(x.Name); return x }

func value(s string, x Field) Field     { x.Value = s; return x }
func options(c []Choice, x Field) Field { x.Kind, x.Choices = "select", c; return x }
func radios(c []Choice, x Field) Field  { x.Kind, x.Choices = "radio", c; return x }
