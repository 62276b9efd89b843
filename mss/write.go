package mss

import (
	"bytes"
	"encoding/xml"
	"strconv"
)

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// prefixes are those of every document that is written: all stand at the root, so that
// values that are qualified names can use them.
var prefixes = []struct{ space, prefix string }{
	{EnvelopeSpace, "env"},
	{Namespace, "mss"},
	{WSDLNamespace, "tns"},
	{FiComSpace, "fi"},
	{ReceiptSpace, "sco"},
	{ProfileSpace, "mcs"},
	{signatureXML, "ds"},
	{"http://www.methics.fi/MSSPRegistration/v1.0.0#", "mreg"},
	{ControlSpace, "cs"},
	{xmlSpace, "xml"},
}

// prefixed is the qualified name of the subcode of a fault.
func prefixed(code int) string { return "mss:_" + strconv.Itoa(code) }

func prefixOf(space string) (prefix string, known bool) {
	for _, p := range prefixes {
		if p.space == space {
			return p.prefix, true
		}
	}
	return "", space == ""
}

// used collects the namespaces of a tree. The schema's is always there: subcodes use it.
func (n *node) used(into map[string]bool) {
	into[n.space] = true
	for _, a := range n.attrs {
		into[a.space] = true
	}
	for _, k := range n.kids {
		k.used(into)
	}
}

// writeXML writes a document.
func writeXML(root *node) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header[:len(xml.Header)-1])
	spaces := map[string]bool{Namespace: true}
	root.used(spaces)
	root.write(&b, spaces)
	return b.Bytes()
}

// write writes an element; declared are the namespaces that it declares.
func (n *node) write(b *bytes.Buffer, declared map[string]bool) {
	name, inherited := n.name, ""
	if prefix, known := prefixOf(n.space); known && prefix != "" {
		name = prefix + ":" + n.name
	} else if !known {
		inherited = n.space // a wrapper in a namespace that a client made up
	}
	b.WriteString("<" + name)
	if inherited != "" {
		name = "w:" + n.name
		b.Truncate(b.Len() - len(n.name))
		b.WriteString(name)
		attribute(b, "xmlns:w", inherited)
	}
	for _, p := range prefixes {
		if declared[p.space] && p.space != xmlSpace {
			attribute(b, "xmlns:"+p.prefix, p.space)
		}
	}
	for _, a := range n.attrs {
		if prefix, _ := prefixOf(a.space); prefix != "" {
			attribute(b, prefix+":"+a.name, a.value)
			continue
		}
		attribute(b, a.name, a.value)
	}
	b.WriteString(">")
	_ = xml.EscapeText(b, []byte(n.text)) // a buffer takes everything
	for _, k := range n.kids {
		k.write(b, nil)
	}
	b.WriteString("</" + name + ">")
}

func attribute(b *bytes.Buffer, name, value string) {
	b.WriteString(" " + name + `="`)
	_ = xml.EscapeText(b, []byte(value))
	b.WriteString(`"`)
}
