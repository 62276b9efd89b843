package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// route is what an operation is, apart from what it does.
type route struct {
	id      string // operationId
	method  string
	path    string
	tag     string
	summary string
	text    string        // further description; may be empty
	scopes  client.Scopes // that the token must have, all of them

	public    bool          // needs no token
	unlimited bool          // not held back by the source's rate: probes of the operator
	absent    bool          // something that the body names may not exist
	disputed  bool          // the state of something that the body names may not allow it
	unready   bool          // what the path names may not be there yet: of what is looked at
	quiet     bool          // its successes are logged as details only
	fresh     time.Duration // how long caches may keep a success; 0 for not at all
	failure   func(http.ResponseWriter, error, string) int
}

// about makes a route part of an operation by embedding.
func (r route) about() route { return r }

// operation is one row of the table.
type operation interface {
	about() route
	describe(d *document)
	bind(a *API) func(http.ResponseWriter, *http.Request, *call) error
}

// repeats says how an operation treats the header Idempotency-Key.
type repeats uint8

const (
	notKeyed repeats = iota // it changes nothing, or repeating it does no harm
	stored                  // the answer is kept for a day
	handed                  // the use case takes the key
)

// act is an operation that takes parameters and JSON and answers in JSON. In is
// what the shape reads; Out is marshaled.
type act[In, Out any] struct {
	route
	status  int               // of success
	other   int               // another status of success; 0 for none
	repeats repeats           // of the same request
	names   map[string]string // of fields that the domain calls otherwise
	secrets []string          // fields of the body that may hold a password: repetitions are not told apart by them
	in      In                // example of the request
	out     Out               // example of the answer
	do      func(ctx context.Context, c *call, in *In) (Out, error)
}

// bind makes the handler.
func (o act[In, Out]) bind(a *API) func(http.ResponseWriter, *http.Request, *call) error {
	s := shapeOf(reflect.TypeFor[In]())
	hasBody := len(s.index) > 0
	if o.repeats == stored {
		return a.remembered(o.id, hasBody, o.secrets, func(r *http.Request, body []byte, c *call) ([]byte, error) { return o.carry(r, s, body, c) })
	}
	return func(w http.ResponseWriter, r *http.Request, c *call) (err error) {
		if o.repeats == handed {
			if c.key, err = idempotencyKey(r); err != nil {
				return err
			}
		}
		var body *[]byte
		if hasBody {
			if body, err = a.readBody(r); err != nil {
				return err
			}
			defer a.releaseBody(body)
		}
		answer, err := o.carry(r, s, content(body), c)
		if err != nil {
			return err
		}
		if o.fresh > 0 {
			w.Header().Set("Cache-Control", cacheControl(o.fresh))
		}
		o.reply(w, c.status, answer)
		return nil
	}
}

// carry reads the request, carries it out and marshals the answer.
func (o act[In, Out]) carry(r *http.Request, s *shape, body []byte, c *call) ([]byte, error) {
	var in In
	into := reflect.ValueOf(&in).Elem()
	if err := decodeParams(r, s, into); err != nil {
		return nil, err
	}
	if len(s.index) > 0 {
		if err := decodeBody(body, s, into); err != nil {
			return nil, err
		}
	}
	c.status = o.status
	out, err := o.do(telemetry.WithRequestID(r.Context(), c.id), c, &in)
	if err != nil {
		return nil, pointed(err, o.names)
	}
	if c.status == http.StatusNoContent {
		return nil, nil
	}
	return json.Marshal(out)
}

func (o act[In, Out]) reply(w http.ResponseWriter, status int, answer []byte) {
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	writeBody(w, status, jsonType, answer)
}

const jsonType = "application/json"

// nothing is the answer of operations that have none.
type nothing struct{}
