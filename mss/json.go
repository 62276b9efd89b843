package mss

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// lists are the elements that JSON writes as a list even when there is one: in answers.
var lists = map[string]bool{"ServiceResponse": true, "MobileUserCertificate": true, "Certificate": true, "Algorithm": true, "DN": true}

// contents names the member that stands for an element's text beside its attributes.
var contents = map[string]string{"DataToBeSigned": "Data", "DataToBeDisplayed": "Data", "Message": "Data"}

// wraps are values that JSON writes as an object though they are text alone in XML.
var wraps = map[string]bool{"UserLang": true, "NoSpamCode": true, "EventID": true, "SessionID": true, "ControlCode": true}

// jsonReader reads JSON into a tree, with the limits of XML.
type jsonReader struct {
	d     *json.Decoder
	count int
}

// parseJSON reads an object with one member, which names the message.
func parseJSON(body []byte) (*node, error) {
	r := &jsonReader{d: json.NewDecoder(bytes.NewReader(body))}
	r.d.UseNumber()
	root := &node{}
	t, err := r.d.Token()
	if err == nil && t == json.Delim('{') {
		err = r.object(root, 1)
	} else if err == nil {
		err = errForm
	}
	if err == nil {
		if _, more := r.d.Token(); !errors.Is(more, io.EOF) {
			err = errForm
		}
	}
	if err != nil || len(root.kids) != 1 {
		return nil, Faultf(WrongParam, 0, "The body is no JSON object with one message: no member twice, at most %d values, %d deep.", maxElements, maxDepth)
	}
	return root.kids[0], nil
}

// object reads the members of an object into children of n.
func (r *jsonReader) object(n *node, depth int) error {
	seen := map[string]bool{}
	for r.d.More() {
		t, err := r.d.Token()
		name, ok := t.(string)
		if err != nil || !ok || name == "" || seen[name] {
			return errForm
		}
		seen[name] = true
		if err := r.value(n, name, depth); err != nil {
			return err
		}
	}
	_, err := r.d.Token()
	return err
}

// value reads one value as a child of n; a list as several.
func (r *jsonReader) value(n *node, name string, depth int) error {
	if r.count++; r.count > maxElements || depth > maxDepth {
		return errForm
	}
	t, err := r.d.Token()
	if err != nil {
		return err
	}
	k := &node{name: name}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			for r.d.More() {
				if err := r.value(n, name, depth+1); err != nil {
					return err
				}
			}
			_, err := r.d.Token()
			return err
		}
		if err := r.object(k, depth+1); err != nil {
			return err
		}
	case string:
		k.text = t
	case json.Number:
		k.text = t.String()
	case bool:
		k.text = strconv.FormatBool(t)
	case nil:
		return nil
	}
	n.kids = append(n.kids, k)
	return nil
}

// writeJSON writes a message as an object with one member.
func writeJSON(n *node) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	writeString(&b, n.name)
	b.WriteByte(':')
	n.json(&b)
	b.WriteByte('}')
	return b.Bytes()
}

// json writes an element as a value.
func (n *node) json(b *bytes.Buffer) {
	if len(n.kids) == 1 && n.kids[0].name == "mssURI" {
		writeString(b, n.kids[0].text)
		return
	}
	if n.name == "AdditionalServices" {
		n.jsonList(b, n.kids)
		return
	}
	if len(n.kids) == 0 && len(n.attrs) == 0 && n.text != "" && !wraps[n.name] && contents[n.name] == "" {
		writeString(b, n.text)
		return
	}
	b.WriteByte('{')
	first := true
	member := func(name string) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		writeString(b, name)
		b.WriteByte(':')
	}
	for _, a := range n.attrs {
		member(a.name)
		writeString(b, a.value)
	}
	if content := contents[n.name]; n.text != "" || content != "" {
		if content == "" {
			content = "Value"
		}
		member(content)
		writeString(b, n.text)
	}
	done := map[string]bool{}
	for _, k := range n.kids {
		if done[k.name] {
			continue
		}
		done[k.name] = true
		member(k.name)
		if same := all(n, k.name); len(same) > 1 || lists[k.name] || k.name == "SignatureProfile" && n.name == "MSS_ProfileResp" {
			n.jsonList(b, same)
		} else {
			k.json(b)
		}
	}
	b.WriteByte('}')
}

func (n *node) jsonList(b *bytes.Buffer, items []*node) {
	b.WriteByte('[')
	for i, k := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		k.json(b)
	}
	b.WriteByte(']')
}

func writeString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	b.Truncate(b.Len() - 1)
}

// jsonNode is a fault as JSON has it.
func (f *Fault) jsonNode(side string) *node {
	code := elIn("", "Code",
		elIn("", "SubCode", textIn("", "Value", "_"+strconv.Itoa(f.Code)), textIn("", "ValueNs", Namespace)),
		textIn("", "Value", side), textIn("", "ValueNs", EnvelopeSpace))
	return elIn("", "Fault", code, textIn("", "Reason", Name(f.Code)), textIn("", "Detail", f.text()))
}
