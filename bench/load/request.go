package load

import (
	"bytes"
	"fmt"
	"strconv"
)

// Request is an HTTP request with holes of fixed width, so that filling it in
// is copying.
type Request struct {
	text  []byte
	holes []hole
}

type hole struct{ at, width int }

// Hole stands for a part of the body that [Request.Fill] replaces: as many
// characters as it has.
const Hole = '\x00'

// Post makes a POST request of a body in JSON. Runs of [Hole] in it are filled in
// later.
func Post(host, path, bearer string, body []byte) *Request {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n",
		path, host, bearer, strconv.Itoa(len(body)))
	r := &Request{text: append([]byte(head), body...)}
	for i := len(head); i < len(r.text); i++ {
		if r.text[i] != Hole {
			continue
		}
		width := len(r.text[i:]) - len(bytes.TrimLeft(r.text[i:], string(Hole)))
		r.holes = append(r.holes, hole{i, width})
		i += width
	}
	return r
}

// Fill appends the request to dst, its holes filled with parts, which must be as
// many and as wide.
func (r *Request) Fill(dst []byte, parts ...[]byte) []byte {
	n := len(dst)
	dst = append(dst, r.text...)
	for i, h := range r.holes {
		if len(parts[i]) != h.width {
			panic(fmt.Sprintf("load: %d bytes do not fill a hole of %d", len(parts[i]), h.width))
		}
		copy(dst[n+h.at:], parts[i])
	}
	return dst
}
