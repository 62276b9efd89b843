package httpapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// fixed is an operation whose answer is made once.
type fixed struct {
	route
	kind   string // media type
	policy string // content security policy in place of the common one; "" for that
	body   func() []byte
}

func (o fixed) bind(*API) func(http.ResponseWriter, *http.Request, *call) error {
	return func(w http.ResponseWriter, _ *http.Request, c *call) error {
		if o.policy != "" {
			w.Header().Set("Content-Security-Policy", o.policy)
		}
		c.status = http.StatusOK
		writeBody(w, c.status, o.kind, o.body())
		return nil
	}
}

func (o fixed) describe(d *document) {
	op := d.add(o.route)
	op.Responses["200"] = &huma.Response{Description: "The document.", Content: map[string]*huma.MediaType{o.kind: {Schema: &huma.Schema{Type: "string"}}}}
	if o.kind == jsonType {
		op.Responses["200"].Content[o.kind].Schema = &huma.Schema{Type: "object"}
	}
}
