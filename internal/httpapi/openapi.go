package httpapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign-auth/countersign/internal/client"
)

// document is the OpenAPI document in the making. Huma makes the schemas from our
// types and the JSON from its model; everything else is ours.
type document struct {
	huma.OpenAPI
	schemas  huma.Registry
	requests map[string]bool // names of schemas that occur in requests
}

const schemaPrefix = "#/components/schemas/"

// newDocument begins the document; address and version may be empty.
func newDocument(address, version string) *document {
	if version == "" {
		version = "1"
	}
	d := &document{schemas: huma.NewMapRegistry(schemaPrefix, schemaName), requests: map[string]bool{}}
	d.OpenAPI.OpenAPI = "3.1.0"
	d.Info = &huma.Info{Title: "Countersign API", Version: version, Description: introduction}
	if address != "" {
		d.Servers = []*huma.Server{{URL: address}}
	}
	for _, t := range tags {
		d.Tags = append(d.Tags, &huma.Tag{Name: t[0], Description: t[1]})
	}
	d.Components = &huma.Components{Schemas: d.schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
		securityName: {
			Type: "oauth2", Description: "OAuth 2.0 client credentials. Access tokens are sent as bearer tokens and live ten minutes.",
			Flows: &huma.OAuthFlows{ClientCredentials: &huma.OAuthFlow{TokenURL: address + tokenPath, Scopes: scopeTexts()}},
		},
	}}
	d.schemas.Schema(reflect.TypeFor[Problem](), true, "")
	return d
}

const securityName = "client"

// schemaName names a schema after its Go type, whose first letter may be small.
func schemaName(t reflect.Type, hint string) string {
	return huma.DefaultSchemaNamer(t, hint)
}

func scopeTexts() map[string]string {
	m := map[string]string{}
	for _, s := range client.Describe() {
		m[s.Name] = s.Description
	}
	return m
}

// add adds an operation without request and answers, for the caller to fill in.
func (d *document) add(r route) *huma.Operation {
	op := &huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Tags: []string{r.tag}, Summary: r.summary, Description: r.text,
		Responses: map[string]*huma.Response{},
	}
	if !r.public {
		op.Security = []map[string][]string{{securityName: strings.Fields(r.scopes.String())}}
		d.problem(op, http.StatusUnauthorized, "No access token, or one that is not valid any more.")
		d.problem(op, http.StatusForbidden, "The access token lacks a scope.")
	}
	if !r.unlimited {
		d.problem(op, http.StatusTooManyRequests, "More requests than allowed. See Retry-After.")
	}
	d.problem(op, http.StatusInternalServerError, "Our fault.")
	d.problem(op, http.StatusServiceUnavailable, "We cannot answer now. See Retry-After.")
	d.AddOperation(op)
	return op
}

// problem documents a failure.
func (d *document) problem(op *huma.Operation, status int, text string) {
	op.Responses[strconv.Itoa(status)] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{
		problemType: {Schema: &huma.Schema{Ref: schemaPrefix + "Problem"}},
	}}
}

// describe adds the operation with its parameters, request, answer and examples.
func (o act[In, Out]) describe(d *document) {
	op := d.add(o.route)
	in := reflect.TypeFor[In]()
	d.parameters(op, in)
	if o.repeats != notKeyed {
		op.Parameters = append(op.Parameters, keyParameter())
		d.problem(op, http.StatusConflict, "The state of the thing does not allow this, or the idempotency key was used for another request.")
	}
	if len(shapeOf(in).index) > 0 {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			jsonType: {Schema: d.request(in), Example: plain(o.in)},
		}}
		d.problem(op, http.StatusBadRequest, "The body is not JSON.")
		d.problem(op, http.StatusRequestEntityTooLarge, "The body is too large.")
		d.problem(op, http.StatusUnsupportedMediaType, "The body is not sent as application/json.")
	}
	d.problem(op, http.StatusUnprocessableEntity, "The request breaks a rule. The field says which part of it.")
	if strings.Contains(o.path, "{") {
		d.problem(op, http.StatusNotFound, "There is no such thing.")
		if o.unready || o.method != http.MethodGet && o.repeats == notKeyed {
			d.problem(op, http.StatusConflict, "The state of the thing does not allow this.")
		}
	}
	if o.absent {
		d.problem(op, http.StatusNotFound, "The customer, or something else that the body names, does not exist.")
	}
	if o.disputed {
		d.problem(op, http.StatusConflict, "The reference was used for another event.")
	}
	for _, status := range []int{o.status, o.other} {
		if status != 0 {
			op.Responses[strconv.Itoa(status)] = o.answer(d, status)
		}
	}
}

func (o act[In, Out]) answer(d *document, status int) *huma.Response {
	if status == http.StatusNoContent {
		return &huma.Response{Description: "Done."}
	}
	text := map[int]string{http.StatusOK: "The answer.", http.StatusCreated: "Created."}[status]
	schema := d.schemas.Schema(reflect.TypeFor[Out](), true, "")
	return &huma.Response{Description: text, Content: map[string]*huma.MediaType{jsonType: {Schema: schema, Example: plain(o.out)}}}
}

// parameters adds those that the request type has tags for.
func (d *document) parameters(op *huma.Operation, t reflect.Type) {
	for i := range t.NumField() {
		sf := t.Field(i)
		f := fieldOf(sf, i)
		if f.in == "" {
			continue
		}
		schema := huma.SchemaFromField(d.schemas, sf, "")
		p := &huma.Param{Name: f.name, In: f.in, Required: f.required, Description: schema.Description, Schema: schema}
		schema.Description = ""
		op.Parameters = append(op.Parameters, p)
	}
}

func keyParameter() *huma.Param {
	most, least := 200, 1
	return &huma.Param{
		Name: headerKey, In: "header", Schema: &huma.Schema{Type: "string", MinLength: &least, MaxLength: &most},
		Description: "Makes repeating the request safe: the same request under the same key gets the same answer for a day. 1 to 200 printable ASCII characters without spaces; a random one for each thing that you want done.",
	}
}

// request is the schema of a request type; unknown fields are refused there.
func (d *document) request(t reflect.Type) *huma.Schema {
	s := d.schemas.Schema(t, true, "")
	d.strict(s)
	return s
}

func (d *document) strict(s *huma.Schema) {
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, schemaPrefix)
		if d.requests[name] {
			return
		}
		d.requests[name] = true
		s = d.schemas.SchemaFromRef(s.Ref)
	}
	for _, p := range s.Properties {
		d.strict(p)
	}
	if s.Items != nil {
		d.strict(s.Items)
	}
}

// plain turns an example into maps and lists, in which the order of fields and the
// form of times do not depend on Go.
func plain(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic("httpapi: example: " + err.Error())
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		panic("httpapi: example: " + err.Error())
	}
	return out
}

// marshal finishes the document. Nothing of ours is ever null; and answers may get
// fields that their readers do not know yet.
func (d *document) marshal() []byte {
	schemas := d.schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		s := schemas[name]
		if !d.requests[name] {
			s.AdditionalProperties = nil
		}
		for _, p := range s.Properties {
			p.Nullable = false
		}
	}
	b, err := json.MarshalIndent(&d.OpenAPI, "", "  ")
	if err != nil {
		panic("httpapi: document: " + err.Error())
	}
	return append(b, '\n')
}
