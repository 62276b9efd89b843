package written

import (
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// cursor is a place in a document.
type cursor struct {
	text string
	at   int
}

// skip moves behind b if that stands here.
func (c *cursor) skip(b byte) bool {
	if c.at < len(c.text) && c.text[c.at] == b {
		c.at++
		return true
	}
	return false
}

// word moves behind w if that stands here.
func (c *cursor) word(w string) bool {
	if strings.HasPrefix(c.text[c.at:], w) {
		c.at += len(w)
		return true
	}
	return false
}

// quoted takes a string without escapes.
func (c *cursor) quoted() (s string, ok bool) {
	if !c.skip('"') {
		return "", false
	}
	from := c.at
	for ; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; {
		case b == '"':
			s = c.text[from:c.at]
			c.at++
			return s, utf8.ValidString(s)
		case b == '\\' || b < ' ':
			return "", false
		}
	}
	return "", false
}

// digits takes the characters of a number. Forms that JSON does not have and strconv
// does are not taken.
func (c *cursor) digits() string {
	from := c.at
	for c.at < len(c.text) && strings.IndexByte("+-.0123456789eE", c.text[c.at]) >= 0 {
		c.at++
	}
	s := c.text[from:c.at]
	plain := strings.TrimPrefix(s, "-")
	if plain == "" || plain[0] < '0' || plain[0] > '9' || len(plain) > 1 && plain[0] == '0' && plain[1] != '.' && plain[1] != 'e' && plain[1] != 'E' {
		return ""
	}
	if dot := strings.IndexByte(plain, '.'); dot >= 0 && (dot+1 == len(plain) || plain[dot+1] < '0' || plain[dot+1] > '9') {
		return ""
	}
	return s
}

func text(c *cursor, to reflect.Value) bool {
	s, ok := c.quoted()
	to.SetString(s)
	return ok
}

func boolean(c *cursor, to reflect.Value) bool {
	yes := c.word("true")
	to.SetBool(yes)
	return yes || c.word("false")
}

func whole(c *cursor, to reflect.Value) bool {
	n, err := strconv.ParseInt(c.digits(), 10, 64)
	if err != nil || to.OverflowInt(n) {
		return false
	}
	to.SetInt(n)
	return true
}

func number(c *cursor, to reflect.Value) bool {
	f, err := strconv.ParseFloat(c.digits(), 64)
	to.SetFloat(f)
	return err == nil
}

func moment(c *cursor, to reflect.Value) bool {
	s, ok := c.quoted()
	if !ok || !strings.HasSuffix(s, "Z") {
		return false
	}
	t, isTime := to.Addr().Interface().(*time.Time)
	return isTime && t.UnmarshalText([]byte(s)) == nil
}

// list reads values in brackets: each reads the i-th of them.
func list(c *cursor, each func(i int) bool) bool {
	if !c.skip('[') {
		return false
	}
	if c.skip(']') {
		return true
	}
	for i := 0; each(i); i++ {
		if c.skip(']') {
			return true
		}
		if !c.skip(',') {
			return false
		}
	}
	return false
}

func array(read decode) decode {
	return func(c *cursor, to reflect.Value) bool {
		n := 0
		ok := list(c, func(i int) bool { n++; return i < to.Len() && read(c, to.Index(i)) })
		return ok && n == to.Len()
	}
}

func slice(read decode) decode {
	return func(c *cursor, to reflect.Value) bool {
		if !to.IsNil() {
			return false // named twice, which encoding/json has a way of its own with
		}
		to.Set(reflect.MakeSlice(to.Type(), 0, 0))
		return list(c, func(i int) bool {
			if to.Cap() == i {
				to.Grow(4)
			}
			to.SetLen(i + 1)
			return read(c, to.Index(i))
		})
	}
}

func object(known map[string]field) decode {
	return func(c *cursor, to reflect.Value) bool {
		if !c.skip('{') {
			return false
		}
		if c.skip('}') {
			return true
		}
		for {
			name, ok := c.quoted()
			f, is := known[name]
			if !ok || !is || !c.skip(':') || !f.read(c, to.Field(f.index)) {
				return false
			}
			if c.skip('}') {
				return true
			}
			if !c.skip(',') {
				return false
			}
		}
	}
}
