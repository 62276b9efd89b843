package pskc

import (
	"strings"
	"unicode/utf8"
)

// split cuts a line into fields (RFC 4180, without line breaks in a field). A
// semicolon is the separator if the line holds no comma.
func (c *CSVReader) split(line []byte) ([]string, error) {
	if !utf8.Valid(line) {
		return nil, invalid("the line is not UTF-8")
	}
	c.fields = c.fields[:0]
	rest := string(line)
	sep := ","
	if !strings.Contains(rest, ",") && strings.Contains(rest, ";") {
		sep = ";"
	}
	for {
		rest = strings.TrimLeft(rest, " \t")
		var field string
		var more bool
		if strings.HasPrefix(rest, `"`) {
			var err error
			if field, rest, more, err = quoted(rest, sep); err != nil {
				return nil, err
			}
		} else {
			field, rest, more = strings.Cut(rest, sep)
			if strings.Contains(field, `"`) {
				return nil, invalid("a quotation mark inside a field that does not begin with one")
			}
		}
		if c.fields = append(c.fields, strings.TrimSpace(field)); len(c.fields) > 32 {
			return nil, because(ErrLimit, "the row has more than 32 fields")
		}
		if !more {
			return c.fields, nil
		}
	}
}

// quoted cuts a field in quotation marks, in which two stand for one.
func quoted(text, sep string) (field, rest string, more bool, err error) {
	var b strings.Builder
	for text = text[1:]; ; text = text[1:] {
		part, after, ok := strings.Cut(text, `"`)
		if !ok {
			return "", "", false, invalid("a quoted field is not closed on its line")
		}
		b.WriteString(part)
		if text = after; !strings.HasPrefix(text, `"`) {
			break
		}
		b.WriteByte('"')
	}
	text = strings.TrimLeft(text, " \t")
	rest, more = strings.CutPrefix(text, sep)
	if !more && text != "" {
		return "", "", false, invalid("text behind a quoted field")
	}
	return b.String(), rest, more, nil
}
