package rule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Mistake is something wrong in a document.
type Mistake struct {
	Line int // counted from 1; 0 when it is about no line
	Text string
}

// Examine reads a document as [Parse] does, and names each mistake with its line. The
// set is nil when there are mistakes.
func Examine(doc []byte) (*Set, []Mistake) {
	var root yaml.Node
	if err := yaml.Unmarshal(doc, &root); err != nil {
		return nil, inText(err)
	}
	s, err := Parse(doc)
	if err == nil {
		return s, nil
	}
	cause := again(&Set{}, doc)
	if cause == nil { // nothing that has a place, such as its size
		return nil, []Mistake{{0, err.Error()}}
	}
	return nil, placed(&root, cause)
}

// again decodes and compiles for the errors themselves.
func again(s *Set, doc []byte) error {
	if len(doc) > MaxDocument {
		return nil
	}
	if err := decode(s, doc); err != nil {
		return err
	}
	return s.compile()
}

var lineOf = regexp.MustCompile(`line (\d+)`)

// inText finds the line in the words of an error of YAML.
func inText(err error) (all []Mistake) {
	texts := []string{err.Error()}
	if many, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = many.Errors
	}
	for _, text := range texts {
		m := Mistake{Text: strings.TrimPrefix(text, "yaml: ")}
		if at := lineOf.FindStringSubmatch(text); at != nil {
			m.Line, _ = strconv.Atoi(at[1]) // digits
			_, rest, ok := strings.Cut(m.Text, at[0]+": ")
			if ok {
				m.Text = rest
			}
		}
		all = append(all, m)
	}
	return all
}

// placed finds the lines of mistakes in the document's tree.
func placed(root *yaml.Node, err error) (all []Mistake) {
	parts := []error{err}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		parts = many.Unwrap()
	}
	for _, part := range parts {
		var n int
		if _, scanErr := fmt.Sscanf(part.Error(), "rule %d", &n); scanErr == nil {
			all = append(all, ofRule(root, n, part)...)
			continue
		}
		key, _, _ := strings.Cut(part.Error(), ":")
		if node := field(top(root), key); node != nil {
			all = append(all, Mistake{node.Line, part.Error()})
			continue
		}
		all = append(all, inText(part)...)
	}
	return all
}

// ofRule finds the lines of one rule's mistakes.
func ofRule(root *yaml.Node, n int, err error) (all []Mistake) {
	list := field(top(root), "rules")
	if list == nil || n < 1 || n > len(list.Content) {
		return []Mistake{{0, err.Error()}}
	}
	rule := list.Content[n-1]
	for i, text := range strings.Split(err.Error(), "\n") {
		if _, rest, ok := strings.Cut(text, "): "); ok && i == 0 {
			text = rest
		}
		all = append(all, Mistake{lineIn(rule, text), text})
	}
	return all
}

// lineIn is the line of the field that a mistake begins with, or of the rule.
func lineIn(rule *yaml.Node, text string) int {
	name := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == ',' || r == ' ' })
	if len(name) == 0 {
		return rule.Line
	}
	node := field(rule, name[0])
	if node == nil {
		return rule.Line
	}
	line := node.Line
	if at := lineOf.FindStringSubmatch(text); at != nil && node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		below, _ := strconv.Atoi(at[1]) // digits
		line += below
	}
	return line
}

func top(root *yaml.Node) *yaml.Node {
	if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		return root.Content[0]
	}
	return root
}

// field returns the value of a key; nil when there is none.
func field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
