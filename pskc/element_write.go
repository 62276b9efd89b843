package pskc

import "strconv"

// Format writes the document: the XML declaration, and no blank that means
// nothing. Prefixes are taken from the map (namespace URI to prefix, for those
// that occur), so that equal elements are equal octets; for other namespaces
// they are made up. Some clients compare texts in place of reading XML.
//
// Names and values must be such as [ParseElement] returns.
func (e *Element) Format(prefixes map[string]string) []byte {
	w := &elementWriter{prefixes: map[string]string{"": "", uriXML: "xml"}}
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>`)
	all := e.Namespaces()
	taken := map[string]bool{}
	for _, uri := range all {
		if p := prefixes[uri]; p != "" {
			w.prefixes[uri] = p
			taken[p] = true
		}
	}
	for i, uri := range all {
		if w.prefixes[uri] == "" && uri != "" {
			p := "n" + strconv.Itoa(i)
			for taken[p] {
				p += "n"
			}
			w.prefixes[uri] = p
		}
	}
	w.element(e, all)
	return w.buf
}

type elementWriter struct {
	Writer
	prefixes map[string]string
}

func (w *elementWriter) name(space, local string) string {
	if p := w.prefixes[space]; p != "" {
		return p + ":" + local
	}
	return local
}

// element writes e with declarations of the namespaces given.
func (w *elementWriter) element(e *Element, declare []string) {
	name := w.name(e.Space, e.Name)
	w.raw("<" + name)
	for _, uri := range declare {
		if uri == uriXML {
			continue
		}
		w.raw(" xmlns:" + w.prefixes[uri] + `="`)
		w.escaped(uri)
		w.raw(`"`)
	}
	if e.TypeName != "" {
		w.raw(" " + w.name(uriXSI, "type") + `="` + w.name(e.TypeSpace, e.TypeName) + `"`)
	}
	for _, a := range e.Attrs {
		w.raw(" " + w.name(a.Space, a.Name) + `="`)
		w.escaped(a.Value)
		w.raw(`"`)
	}
	if e.Text == "" && len(e.Children) == 0 {
		w.raw("/>")
		return
	}
	w.raw(">")
	w.escaped(e.Text)
	for _, c := range e.Children {
		w.element(c, nil)
	}
	w.raw("</" + name + ">")
}
