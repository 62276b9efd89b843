package httpapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// readBody reads a JSON body of at most MaxBody bytes into a buffer that
// releaseBody takes back.
func (a *API) readBody(r *http.Request) (*[]byte, error) {
	if err := wantType(r, jsonType); err != nil {
		return nil, err
	}
	if r.ContentLength > a.MaxBody {
		return nil, a.tooLarge()
	}
	buf, ok := a.buffers.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
		*buf = make([]byte, 0, 2048)
	}
	b, err := a.readInto((*buf)[:0], r.Body)
	*buf = b
	if err != nil {
		a.releaseBody(buf)
		return nil, err
	}
	return buf, nil
}

// readInto appends all of r to b, up to MaxBody bytes. Whoever serves the API may
// have set the same limit before.
func (a *API) readInto(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		_, over := errors.AsType[*http.MaxBytesError](err)
		switch {
		case over || int64(len(b)) > a.MaxBody:
			return b, a.tooLarge()
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return b, refuse(http.StatusBadRequest, "request.body", "", "The body broke off.")
		}
	}
}

// releaseBody clears a buffer, for there were codes in it, and keeps it for the
// next request unless it has grown large.
func (a *API) releaseBody(buf *[]byte) {
	clear(*buf)
	if cap(*buf) <= defaultMaxBody/4 {
		a.buffers.Put(buf)
	}
}

// content is what a buffer holds; nil for none.
func content(buf *[]byte) []byte {
	if buf == nil {
		return nil
	}
	return *buf
}

func (a *API) tooLarge() error {
	return refuse(http.StatusRequestEntityTooLarge, "request.too_large", "", "The body has more than %d bytes.", a.MaxBody)
}

// wantType checks the media type: the one given, in UTF-8, not compressed.
func wantType(r *http.Request, want string) error {
	if _, encoded := r.Header["Content-Encoding"]; encoded {
		return refuse(http.StatusUnsupportedMediaType, "request.content_encoding", "Content-Encoding", "Send the body as it is, without a content encoding.")
	}
	if given := r.Header["Content-Type"]; len(given) == 1 && (given[0] == want || isType(given[0], want)) {
		return nil
	}
	return refuse(http.StatusUnsupportedMediaType, "request.content_type", "Content-Type", "Send the body as %s.", want)
}

func isType(given, want string) bool {
	t, params, err := mime.ParseMediaType(given)
	charset, other := params["charset"], len(params)
	if charset != "" {
		other--
	}
	return err == nil && t == want && other == 0 && (charset == "" || strings.EqualFold(charset, "utf-8"))
}
