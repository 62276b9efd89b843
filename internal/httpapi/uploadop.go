package httpapi

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// upload is the operation that takes a file.
type upload struct {
	route
	out   ImportReport
	serve func(http.ResponseWriter, *http.Request, *call) error
}

func (u upload) bind(*API) func(http.ResponseWriter, *http.Request, *call) error { return u.serve }

// describe documents both forms of the request.
func (u upload) describe(d *document) {
	op := d.add(u.route)
	options, secrets := reflect.TypeFor[importOptions](), reflect.TypeFor[importSecrets]()
	d.parameters(op, options)
	for _, p := range op.Parameters {
		p.Description += " With a form it is a part, not in the query."
	}
	form := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{}, Required: []string{"file"}, AdditionalProperties: false}
	for _, t := range []reflect.Type{options, secrets} {
		for i := range t.NumField() {
			f := fieldOf(t.Field(i), i)
			form.Properties[f.name] = huma.SchemaFromField(d.schemas, t.Field(i), "")
		}
	}
	form.Properties["file"] = &huma.Schema{Type: "string", Format: "binary", Description: "The file. It must be the last part."}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		formType: {Schema: form, Example: map[string]any{"mode": "rows", "key": "31323334353637383930313233343536", "file": "<KeyContainer …>"}},
	}}
	for _, t := range fileTypes() {
		op.RequestBody.Content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	op.RequestBody.Content["text/csv"].Example = "7700001,3132333435363738393031323334353637383930,HOTP,0,6"
	for status, text := range map[string]string{"201": "The import is done.", "200": "The dry run is done."} {
		op.Responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{
			jsonType: {Schema: d.schemas.Schema(reflect.TypeFor[ImportReport](), true, ""), Example: plain(u.out)},
		}}
	}
	d.problem(op, http.StatusBadRequest, "The upload broke off.")
	d.problem(op, http.StatusConflict, "All or nothing was asked for, and rows are refused or duplicates; or the stock changed meanwhile.")
	d.problem(op, http.StatusRequestEntityTooLarge, "The file is too large.")
	d.problem(op, http.StatusUnsupportedMediaType, "The file is not sent in one of the media types.")
	d.problem(op, http.StatusUnprocessableEntity, "The file cannot be read, or a parameter is wrong.")
}
