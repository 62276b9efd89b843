package console

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// readText reads a form whose text may also come as a file, of at most limit bytes
// with all the rest. The file takes the place of what was typed in the field, and
// is then shown as if it had been typed: nothing is lost when something is wrong.
func (v *visit) readText(name string, limit int64) error {
	if err := v.r.ParseMultipartForm(limit); err != nil {
		if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return fault.Invalidf("request.too_large", "At most %d KB are accepted here.", tooBig.Limit>>10).WithCause(err)
		}
		return fault.Invalidf("request.malformed", "The form could not be read. Go back, reload the page and try again.").WithCause(err)
	}
	if !readable(v.r.Form) {
		return fault.Invalidf("request.malformed", "The form has characters that are none. Type it anew.")
	}
	v.form = ui.NewForm(v.r.PostForm) //nolint:forbidigo // the field, not the function
	if f, _, err := v.r.FormFile("file"); err == nil {
		defer f.Close() //nolint:errcheck // only read
		text, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		v.takeFile(name, text)
	}
	v.form.Set(name, unixLines(v.form.Raw(name)))
	return nil
}

// takeFile puts a file in the place of what was typed, unless it is no text.
func (v *visit) takeFile(name string, file []byte) {
	s := strings.TrimPrefix(string(file), "\ufeff")
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		v.form.Fail("file", v.t.T("console.no_text"))
	case s != "":
		v.form.Set(name, s)
	}
}

// unixLines undoes what browsers do to the lines of a text field, so that what is
// kept is what was typed or chosen.
func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
