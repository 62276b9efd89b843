package policy

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Mistake is one thing that is wrong with a document.
type Mistake struct {
	Line int // from 1; 0 when it is about no line
	Text string
}

// Examine reads a document that is to become a new version, and names all its
// mistakes with their lines. It returns the set when there are none, and nil
// otherwise: what it accepts is what [Book.Store] accepts.
func Examine(doc []byte) (*Set, []Mistake) {
	err := acceptable(doc)
	if err == nil {
		s, _ := Parse(doc)
		return s, nil
	}
	all := unreadable(err)
	if all == nil {
		return nil, located(doc, err)
	}
	// Unknown keys alone leave enough to look at all the rest.
	var s Set
	if yaml.Unmarshal(doc, &s) == nil {
		s.completeAll()
		all = append(all, located(doc, s.validate())...)
		slices.SortStableFunc(all, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	}
	return nil, all
}

// located are the mistakes of a document that could be read.
func located(doc []byte, err error) (all []Mistake) {
	var root yaml.Node
	_ = yaml.Unmarshal(doc, &root) // it was read a moment ago
	for _, e := range leavesOf(err) {
		all = append(all, Mistake{lineOf(&root, e.Error()), e.Error()})
	}
	return all
}

// leavesOf takes joined errors apart.
func leavesOf(err error) (all []error) {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, e := range joined.Unwrap() {
		all = append(all, leavesOf(e)...)
	}
	return all
}

var (
	yamlLine   = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)$`)
	unknownKey = regexp.MustCompile(`^field (.+) not found in type .*$`)
	wrongType  = regexp.MustCompile(`^cannot unmarshal !!(?:\w+ )?(.+) into (.+)$`)
)

// unreadable are the mistakes of a document that is no YAML or has another form;
// nil when it could be read.
func unreadable(err error) (all []Mistake) {
	cause := errors.Unwrap(err)
	if cause == nil {
		return nil
	}
	texts := []string{cause.Error()}
	if many, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = many.Errors
	}
	for _, text := range texts {
		m := Mistake{Text: text}
		if part := yamlLine.FindStringSubmatch(text); part != nil {
			m.Line, _ = strconv.Atoi(part[1])
			m.Text = part[2]
		}
		m.Text = plainYAML(m.Text)
		all = append(all, m)
	}
	return all
}

// plainYAML says what the YAML reader said without the names of our types.
func plainYAML(text string) string {
	if part := unknownKey.FindStringSubmatch(text); part != nil {
		return "there is no key " + strconv.Quote(part[1]) + " here"
	}
	if part := wrongType.FindStringSubmatch(text); part != nil {
		what := part[1]
		switch what {
		case "seq":
			what = "a list"
		case "map":
			what = "a part with keys"
		}
		return what + " cannot stand here; " + kindOf(part[2]) + " is expected"
	}
	switch {
	case text == "EOF":
		return "the document is empty"
	case strings.HasPrefix(text, "yaml: "):
		return strings.TrimPrefix(text, "yaml: ")
	}
	return text
}

// kindOf says what a Go type is in a document.
func kindOf(goType string) string {
	switch {
	case goType == "time.Duration":
		return "a length of time such as 15m"
	case strings.HasPrefix(goType, "int"):
		return "a whole number"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case goType == "string":
		return "a text"
	case strings.Contains(goType, "."):
		return "a part with keys of its own"
	}
	return "another kind of value"
}

// parts are the lists of a document and what a mistake calls an entry of each.
var parts = [...]struct{ list, entry string }{
	{"policies", "policy "}, {"journeys", "journey "}, {"models", "model "}, {"signing", "signing profile "}, {"applications", "application "},
}

// lineOf finds the line that a mistake is about: that of the value it names, else
// that of its entry or part; 0 when it names none of them.
func lineOf(root *yaml.Node, text string) int {
	if len(root.Content) != 1 {
		return 0
	}
	top := root.Content[0]
	for _, p := range parts {
		list := child(top, p.list)
		if list == nil {
			continue
		}
		for _, entry := range list.Content {
			subject := p.entry + strings.Replace(name(entry), "/", " on ", 1) + ": "
			if rest, ok := strings.CutPrefix(text, subject); ok {
				return descend(entry, rest).Line
			}
		}
	}
	section, rest, _ := strings.Cut(text, ": ")
	if at := child(top, section); at != nil {
		return descend(at, rest).Line
	}
	return 0
}

// child is the value of a key; nil when it is not there.
func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// descend follows the path that a mistake begins with, "events.window is …", as
// far as it leads.
func descend(n *yaml.Node, text string) *yaml.Node {
	path, _, _ := strings.Cut(text, " ")
	for key := range strings.SplitSeq(strings.TrimSuffix(path, ":"), ".") {
		next := child(n, key)
		if next == nil {
			break
		}
		n = next
	}
	return n
}
