package app

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// transfer is the connection of a request that may take longer than others: an
// import, or the download of its report. It is held to the deadlines of all
// requests until a handler that has admitted it lifts them, which it does by
// setting none (http.ResponseController). From then on it ends when nothing moves
// for a while, and at a fixed time in any case.
//
// The deadlines are those of sockets, so they follow the machine's clock.
type transfer struct {
	http.ResponseWriter

	body          io.ReadCloser
	rc            *http.ResponseController
	stall         time.Duration // how long one read or write may wait for the other side
	until         time.Time     // when all of it must be over
	reads, writes bool          // lifted
}

func newTransfer(w http.ResponseWriter, r *http.Request, stall, most time.Duration) *transfer {
	return &transfer{ResponseWriter: w, body: r.Body, rc: http.NewResponseController(w), stall: stall, until: time.Now().Add(most)}
}

// Unwrap lets http.ResponseController reach the connection.
func (t *transfer) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// SetReadDeadline is what http.ResponseController calls; zero lifts the deadline.
func (t *transfer) SetReadDeadline(at time.Time) error {
	t.reads = at.IsZero()
	return t.rc.SetReadDeadline(at)
}

// SetWriteDeadline is what http.ResponseController calls; zero lifts the deadline.
func (t *transfer) SetWriteDeadline(at time.Time) error {
	t.writes = at.IsZero()
	return t.rc.SetWriteDeadline(at)
}

// next is when the other side must have moved.
func (t *transfer) next() time.Time {
	if at := time.Now().Add(t.stall); at.Before(t.until) {
		return at
	}
	return t.until
}

// Write implements http.ResponseWriter. Between two writes there is no deadline,
// because what the server does meanwhile is not the reader's fault.
func (t *transfer) Write(p []byte) (int, error) {
	if t.writes {
		_ = t.rc.SetWriteDeadline(t.next())      // it could be lifted, so it can be set
		defer t.rc.SetWriteDeadline(time.Time{}) //nolint:errcheck // as above
	}
	return t.ResponseWriter.Write(p)
}

// Read implements io.Reader for the request's body, in the same way.
func (t *transfer) Read(p []byte) (int, error) {
	if t.reads {
		_ = t.rc.SetReadDeadline(t.next())
		defer t.rc.SetReadDeadline(time.Time{}) //nolint:errcheck // as above
	}
	return t.body.Read(p)
}

// Close implements io.Closer for the request's body.
func (t *transfer) Close() error { return t.body.Close() }

// end bounds what the server still sends and reads when the handler has returned.
func (t *transfer) end() {
	if t.writes {
		_ = t.rc.SetWriteDeadline(t.next())
	}
	if t.reads {
		_ = t.rc.SetReadDeadline(t.next())
	}
}

// isImport recognizes the uploads of token files, in the API and in the console.
func isImport(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/v1/token-imports" || r.URL.Path == "/import")
}

// isDocument recognizes the forms of the console that take a document or a long list:
// policies, risk rules, the tokens of a bulk act.
func isDocument(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	switch r.URL.Path {
	case "/policies/new", "/policies/store", "/risk/rules/new", "/risk/rules/store", "/bulk":
		return true
	}
	return false
}

// isReport recognizes the downloads of imports' reports from the console.
func isReport(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/import/") && strings.HasSuffix(r.URL.Path, "/report")
}
