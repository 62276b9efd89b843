package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"maps"
	"slices"
	"strings"
)

//go:embed reference.html
var referenceHTML string

//go:embed reference.css
var referenceCSS string

// pagePolicy lets the page use its one style sheet and nothing else.
func pagePolicy() string {
	sum := sha256.Sum256([]byte(referenceCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// page is what the template draws.
type page struct {
	Title, Version, Server string
	Intro                  template.HTML
	Style                  template.CSS
	Groups                 []group
	Scopes                 []pair
}

type group struct {
	Name, Anchor, Text string
	Operations         []entry
}

type pair struct{ Name, Text string }

// entry is an operation on the page.
type entry struct {
	ID, Method, Path, Summary, Text string
	Scopes                          []string
	Parameters                      []row
	RequestTypes                    string
	Request                         []row
	RequestExample                  string
	Answers                         []answer
	Failures                        []pair
}

type answer struct {
	Status, Text, Example string
	Fields                []row
}

// row is a parameter or a field.
type row struct {
	Name, Type, Text string
	Required         bool
}

// drawReference draws the page of an OpenAPI document; order has the operations' ids.
func drawReference(document []byte, order []string) []byte {
	var doc spec
	if err := json.Unmarshal(document, &doc); err != nil {
		panic("httpapi: document: " + err.Error())
	}
	p := page{Title: doc.Info.Title, Version: doc.Info.Version, Intro: paragraphs(doc.Info.Description), Style: template.CSS(referenceCSS)} //nolint:gosec // embedded
	if len(doc.Servers) > 0 {
		p.Server = doc.Servers[0].URL
	}
	for _, t := range doc.Tags {
		p.Groups = append(p.Groups, group{Name: t.Name, Anchor: anchor(t.Name), Text: t.Description, Operations: doc.tagged(t.Name, order)})
	}
	scopes := doc.Components.SecuritySchemes[securityName].Flows.ClientCredentials.Scopes
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		p.Scopes = append(p.Scopes, pair{name, scopes[name]})
	}
	var b bytes.Buffer
	if err := template.Must(template.New("reference").Parse(referenceHTML)).Execute(&b, p); err != nil {
		panic("httpapi: reference: " + err.Error())
	}
	return b.Bytes()
}

func anchor(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "-") }

// paragraphs writes the simplest kind of Markdown: paragraphs, and code between
// backquotes.
func paragraphs(text string) template.HTML {
	var b strings.Builder
	for p := range strings.SplitSeq(text, "\n\n") {
		b.WriteString("<p>")
		for i, part := range strings.Split(p, "`") {
			if part = template.HTMLEscapeString(part); i%2 == 1 {
				part = "<code>" + part + "</code>"
			}
			b.WriteString(part)
		}
		b.WriteString("</p>\n")
	}
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

// pretty lays JSON out for reading, fields in the order of the schema's rows.
func pretty(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
