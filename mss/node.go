package mss

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// node is an element of XML or a value of JSON. A message is a tree of them.
type node struct {
	space, name string
	text        string
	attrs       []attr
	kids        []*node
}

type attr struct{ space, name, value string }

// errForm says that a body is no document that this package reads.
var errForm = errors.New("mss: the body is no XML document of the form that is read")

// parseXML reads a document into a tree.
func parseXML(body []byte) (*node, error) {
	if !utf8.Valid(body) {
		return nil, errForm
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Entity = nil
	var root *node
	var open []*node
	count := 0
	for {
		t, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && root != nil && len(open) == 0:
			return root, nil
		case err != nil:
			return nil, errForm
		}
		switch t := t.(type) {
		case xml.StartElement:
			if count++; count > maxElements || len(open) >= maxDepth || root != nil && len(open) == 0 {
				return nil, errForm
			}
			n, err := element(t)
			if err != nil {
				return nil, err
			}
			if len(open) == 0 {
				root = n
			} else {
				top := open[len(open)-1]
				top.kids = append(top.kids, n)
			}
			open = append(open, n)
		case xml.EndElement:
			if top := open[len(open)-1]; len(top.kids) > 0 {
				if strings.TrimSpace(top.text) != "" {
					return nil, errForm // text beside elements: one reader takes the one, another the other
				}
				top.text = ""
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(t)
			} else if strings.TrimSpace(string(t)) != "" {
				return nil, errForm
			}
		case xml.ProcInst:
			if t.Target != "xml" || root != nil {
				return nil, errForm
			}
		case xml.Directive:
			return nil, errForm // a document type could declare entities
		}
	}
}

// element is a start tag without its namespace declarations.
func element(t xml.StartElement) (*node, error) {
	n := &node{space: t.Name.Space, name: t.Name.Local}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		for _, other := range n.attrs {
			if other.space == a.Name.Space && other.name == a.Name.Local {
				return nil, errForm
			}
		}
		n.attrs = append(n.attrs, attr{a.Name.Space, a.Name.Local, a.Value})
	}
	return n, nil
}

// el makes an element of the schema's namespace.
func el(name string, kids ...*node) *node { return elIn(Namespace, name, kids...) }

func elIn(space, name string, kids ...*node) *node {
	n := &node{space: space, name: name}
	for _, k := range kids {
		if k != nil {
			n.kids = append(n.kids, k)
		}
	}
	return n
}

// leaf makes an element with text; nil for an empty one, which elIn leaves out.
func leaf(name, text string) *node {
	if text == "" {
		return nil
	}
	return textIn(Namespace, name, text)
}

func textIn(space, name, text string) *node { return &node{space: space, name: name, text: text} }

// with adds an attribute unless it is empty.
func (n *node) with(name, value string) *node {
	if value != "" {
		n.attrs = append(n.attrs, attr{"", name, value})
	}
	return n
}
