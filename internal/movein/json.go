package movein

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// object is a row of JSON.
type object struct {
	Number   string    `json:"number"`
	Name     string    `json:"name"`
	Locale   string    `json:"locale"`
	Contacts []contact `json:"contacts"`
	Password string    `json:"password"`
	Tokens   []legacy  `json:"tokens"`
}

// lines reads JSON, one object a line.
type lines struct {
	in        *bufio.Reader
	row, line int
}

func (l *lines) next() (*record, error) {
	for {
		text, err := l.in.ReadSlice('\n')
		if len(text) > 0 {
			l.line++
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return l.tooLong()
		case err != nil && (len(text) == 0 || !errors.Is(err, io.EOF)):
			return nil, err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			l.row++
			return l.record(text), nil
		}
	}
}

// record reads one line. What the reader of JSON complains of is told in our words:
// its own may have the value.
func (l *lines) record(text []byte) *record {
	r := &record{row: l.row, line: l.line}
	if !utf8.Valid(text) {
		r.refuse("the line is not UTF-8")
		return r
	}
	var o object
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&o)
	wrong, _ := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case wrong != nil && wrong.Field != "":
		r.refuse("%s has another form: texts stand in quotes, numbers do not", wrong.Field)
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field "):
		r.refuse("there is no field %.60s", strings.TrimPrefix(err.Error(), "json: unknown field "))
	case err != nil || d.InputOffset() != int64(len(text)):
		r.refuse("the line is not one JSON object")
	}
	r.number, r.name, r.locale, r.contacts, r.password, r.tokens = o.Number, o.Name, o.Locale, o.Contacts, o.Password, o.Tokens
	return r
}

// tooLong skips the rest of a line that is longer than any row may be.
func (l *lines) tooLong() (*record, error) {
	for {
		_, err := l.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		l.row++
		r := &record{row: l.row, line: l.line}
		r.refuse("the line is longer than %d bytes", maxRow)
		return r, nil
	}
}
