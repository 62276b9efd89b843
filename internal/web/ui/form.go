package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Form is what a reader typed and what is wrong with it.
type Form struct {
	values url.Values
	faults []FieldFault
}

// FieldFault says what is wrong with one field; Name is empty when it is the
// form as a whole.
type FieldFault struct{ Name, Text string }

// NewForm starts an empty form, or one filled in beforehand.
func NewForm(values url.Values) *Form {
	if values == nil {
		values = url.Values{}
	}
	return &Form{values: values}
}

// ReadForm parses the body of a POST. Values in the address are not looked at:
// an act must not be preset by a link.
func ReadForm(r *http.Request) (*Form, error) {
	if err := r.ParseForm(); err != nil {
		return nil, badBody(err)
	}
	return &Form{values: r.PostForm}, nil
}

// ReadQuery takes the values of the address, for searches.
func ReadQuery(r *http.Request) *Form { return &Form{values: r.URL.Query()} }

func badBody(err error) error {
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Invalidf("request.too_large", "The request is larger than the %d bytes that are accepted here.", tooBig.Limit).WithCause(err)
	}
	return fault.Invalidf("request.malformed", "The form could not be read. Go back, reload the page and try again.").WithCause(err)
}

// Value returns what was typed, without blanks around it.
func (f *Form) Value(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// Raw returns what was typed, unchanged: for passwords.
func (f *Form) Raw(name string) string { return f.values.Get(name) }

// All returns every value of a name, for groups of check boxes.
func (f *Form) All(name string) []string { return f.values[name] }

// Set changes a value that will be shown again.
func (f *Form) Set(name, value string) { f.values.Set(name, value) }

// Fail adds an error. The text is in the reader's language and says what to do;
// an empty name is about the form as a whole.
func (f *Form) Fail(name, text string) { f.faults = append(f.faults, FieldFault{name, text}) }

// Require adds an error for a field that was left empty.
func (f *Form) Require(l *Locale, name, label string) {
	if f.Value(name) == "" {
		f.Fail(name, l.T("ui.form.required", "field", label))
	}
}

// Take turns a fault about the request into an error of this form: Invalid,
// Conflict and Limited, under their field if they name one. It returns any
// other error unchanged, for the error page.
func (f *Form) Take(l *Locale, err error) error {
	flt, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	switch {
	case flt.Kind == fault.Invalid, flt.Kind == fault.Conflict, flt.Kind == fault.Limited, flt.Kind == fault.NotFound && flt.Field != "":
		f.Fail(strings.TrimPrefix(flt.Field, "/"), l.Fault(flt))
		return nil
	default:
		return err
	}
}

// Readable reports whether all that was typed is text; see the function.
func (f *Form) Readable() bool { return Readable(f.values) }

// OK reports whether no error was added.
func (f *Form) OK() bool { return len(f.faults) == 0 }

// Faults lists the errors in the order they were added.
func (f *Form) Faults() []FieldFault { return f.faults }

// firstWrong reports whether the first error is that of a field.
func (f *Form) firstWrong(name string) bool { return len(f.faults) > 0 && f.faults[0].Name == name }

// Fault returns the first error of a field, or "".
func (f *Form) Fault(name string) string {
	for _, e := range f.faults {
		if e.Name == name {
			return e.Text
		}
	}
	return ""
}
