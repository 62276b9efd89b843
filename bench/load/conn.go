package load

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Conn is a keep-alive connection.
type Conn struct {
	net net.Conn
	buf []byte
}

// maxAnswer bounds head and body of an answer, in bytes.
const maxAnswer = 64 << 10

// Dial connects to an address.
func Dial(address string, patience time.Duration) (*Conn, error) {
	c, err := net.DialTimeout("tcp", address, patience) //nolint:noctx // bounded by patience
	if err != nil {
		return nil, err
	}
	return &Conn{net: c, buf: make([]byte, maxAnswer)}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.net.Close() }

// Ask sends a request and reads the whole answer. Body is valid until the next
// call.
func (c *Conn) Ask(request []byte) (status int, body []byte, err error) {
	if _, err := c.net.Write(request); err != nil {
		return 0, nil, err
	}
	n, whole := 0, -1
	head := 0
	for n != whole {
		if n == len(c.buf) {
			return 0, nil, fmt.Errorf("an answer has more than %d bytes", maxAnswer)
		}
		m, err := c.net.Read(c.buf[n:])
		if err != nil {
			return 0, nil, err
		}
		n += m
		if whole >= 0 {
			continue
		}
		if head = bytes.Index(c.buf[:n], []byte("\r\n\r\n")); head < 0 {
			continue
		}
		head += 4
		length, err := contentLength(c.buf[:head])
		if err != nil {
			return 0, nil, err
		}
		whole = head + length
	}
	status, err = strconv.Atoi(string(c.buf[len("HTTP/1.1 "):len("HTTP/1.1 200")]))
	return status, c.buf[head:n], err
}

// contentLength reads it from a head as net/http writes it.
func contentLength(head []byte) (int, error) {
	_, rest, ok := bytes.Cut(head, []byte("\r\nContent-Length: "))
	digits, _, end := bytes.Cut(rest, []byte("\r\n"))
	if !ok || !end || len(head) < len("HTTP/1.1 200 ") {
		return 0, fmt.Errorf("an answer without Content-Length: %.200q", head)
	}
	return strconv.Atoi(string(digits))
}
