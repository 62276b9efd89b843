package webtest

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// Node is an element of a page.
type Node struct {
	Name  string // of the element, such as "input"
	Attr  map[string]string
	Nodes []*Node
	text  []part
}

// part is a piece of text or, with node set, the place of a child.
type part struct {
	text string
	node *Node
}

// Parse reads a page that our own templates wrote: HTML whose elements are
// closed, but for the void ones. It fails the test for anything else, so it also
// checks that the templates nest their elements well.
func Parse(t testing.TB, page string) *Node {
	t.Helper()
	root, err := parse(page)
	if err != nil {
		t.Fatalf("the page is not well formed: %v\n%s", err, page)
	}
	return root
}

func parse(page string) (*Node, error) {
	page = strings.TrimPrefix(strings.TrimSpace(page), "<!doctype html>")
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.Entity = false, xml.HTMLEntity
	root := &Node{}
	open := []*Node{root}
	for {
		tok, err := d.RawToken() // Token would close what was left open
		switch {
		case errors.Is(err, io.EOF) && len(open) == 1:
			return root, nil
		case err != nil:
			return nil, err
		}
		top := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			n := newNode(tok)
			top.Nodes = append(top.Nodes, n)
			top.text = append(top.text, part{node: n})
			if !void(n.Name) {
				open = append(open, n)
			}
		case xml.EndElement:
			if void(tok.Name.Local) {
				continue
			}
			if open = open[:len(open)-1]; len(open) == 0 || !strings.EqualFold(top.Name, tok.Name.Local) {
				return nil, errors.New("</" + tok.Name.Local + "> does not close " + top.Name)
			}
		case xml.CharData:
			top.text = append(top.text, part{text: string(tok)})
		}
	}
}

// void reports the elements that have no end (HTML, section 13.1.2).
func void(name string) bool {
	return slices.Contains(xml.HTMLAutoClose, name) || name == "source" || name == "track" || name == "wbr" || name == "embed"
}

func newNode(e xml.StartElement) *Node {
	n := &Node{Name: e.Name.Local, Attr: map[string]string{}}
	for _, a := range e.Attr {
		name := a.Name.Local
		if a.Name.Space != "" {
			name = a.Name.Space + ":" + name
		}
		n.Attr[name] = a.Value
	}
	return n
}

// Text is all text in the node, with blanks joined.
func (n *Node) Text() string { return strings.Join(strings.Fields(n.raw()), " ") }

func (n *Node) raw() string {
	var b strings.Builder
	for _, p := range n.text {
		if p.node != nil {
			gap := " "
			if inline(p.node.Name) {
				gap = ""
			}
			b.WriteString(gap + p.node.raw() + gap)
			continue
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// inline reports the elements that do not set their text apart.
func inline(name string) bool {
	return slices.Contains([]string{"a", "b", "code", "em", "i", "kbd", "output", "small", "span", "strong", "time"}, name)
}

// All returns the nodes below n that match: an element name, "#id", ".class",
// "[attr]" or "[attr=value]", or an element name followed by one of these.
func (n *Node) All(selector string) (found []*Node) {
	for _, c := range n.Nodes {
		if c.is(selector) {
			found = append(found, c)
		}
		found = append(found, c.All(selector)...)
	}
	return found
}

// One returns the first match of All, or fails the test.
func (n *Node) One(t testing.TB, selector string) *Node {
	t.Helper()
	if found := n.All(selector); len(found) > 0 {
		return found[0]
	}
	t.Fatalf("nothing matches %s in: %s", selector, n.Text())
	return nil
}

// Has reports whether something below n matches.
func (n *Node) Has(selector string) bool { return len(n.All(selector)) > 0 }

func (n *Node) is(selector string) bool {
	i := strings.IndexAny(selector, "#.[")
	if i < 0 {
		return n.Name == selector
	}
	if i > 0 && n.Name != selector[:i] {
		return false
	}
	rest := selector[i+1:]
	switch selector[i] {
	case '#':
		return n.Attr["id"] == rest
	case '.':
		return strings.Contains(" "+n.Attr["class"]+" ", " "+rest+" ")
	}
	name, value, exact := strings.Cut(strings.TrimSuffix(rest, "]"), "=")
	got, has := n.Attr[name]
	return has && (!exact || got == value)
}
