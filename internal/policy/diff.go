package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Change is one difference between two sets.
type Change struct {
	Path string `json:"path"`          // "policies[secure-code].failures.max"
	Old  string `json:"old,omitempty"` // "" when it was not there
	New  string `json:"new,omitempty"` // "" when it is not there any more
}

// String writes the change on one line.
func (c Change) String() string {
	return c.Path + ": " + cmp.Or(c.Old, "(nothing)") + " → " + cmp.Or(c.New, "(nothing)")
}

// Diff lists what differs between two sets by meaning: entries of lists are found
// again by their codes (journeys by purpose and channel), comments, layout and
// defaults that are spelled out do not count, and neither does the order of acts
// under four eyes. Where the order of entries has a meaning, as with models, of
// which the first that fits is taken, it is listed as a change of its own.
//
// The order is that of the document: entries of b, and where an entry of a is
// missing it stands at the end of its part.
func Diff(a, b *Set) ([]Change, error) {
	before, err := flat(a)
	if err != nil {
		return nil, err
	}
	after, err := flat(b)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, path := range merged(before.order, after.order) {
		if o, n := before.text[path], after.text[path]; o != n {
			changes = append(changes, Change{Path: path, Old: o, New: n})
		}
	}
	return changes, nil
}

// leaves are the values of a set by path.
type leaves struct {
	order []string
	text  map[string]string
}

func flat(s *Set) (*leaves, error) {
	c := *s
	c.FourEyes.Acts = slices.Sorted(slices.Values(s.FourEyes.Acts))
	var n yaml.Node
	if err := n.Encode(&c); err != nil {
		return nil, err
	}
	l := &leaves{text: map[string]string{}}
	l.walk("", &n)
	return l, nil
}

func (l *leaves) put(path, text string) {
	if _, there := l.text[path]; !there {
		l.order = append(l.order, path)
	}
	l.text[path] = text
}

func (l *leaves) walk(path string, n *yaml.Node) {
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			l.walk(strings.TrimPrefix(path+"."+n.Content[i].Value, "."), n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && name(n.Content[0]) != "":
		names := make([]string, len(n.Content))
		for i, entry := range n.Content {
			names[i] = name(entry)
		}
		if path != "journeys" { // nothing depends on their order
			l.put(path+" (order)", strings.Join(names, ", "))
		}
		for i, entry := range n.Content {
			l.walk(path+"["+names[i]+"]", entry)
		}
	default:
		l.put(path, plainText(n))
	}
}

// name is how an entry of a list is found again; "" for one without a name.
func name(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	fields := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		fields[n.Content[i].Value] = n.Content[i+1].Value
	}
	if fields["code"] != "" {
		return fields["code"]
	}
	if fields["purpose"] != "" {
		return fields["purpose"] + "/" + fields["channel"]
	}
	return ""
}

// plainText writes a value on one line, all of it: what it left out, nobody who approves
// a change would see. A mapping stands there where an entry of a list has no name, as the
// ways of a journey have none.
func plainText(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.SequenceNode:
		for _, x := range n.Content {
			parts = append(parts, plainText(x))
		}
		return fmt.Sprintf("[%s]", strings.Join(parts, ", "))
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, n.Content[i].Value+": "+plainText(n.Content[i+1]))
		}
		return fmt.Sprintf("{%s}", strings.Join(parts, ", "))
	default:
		return cmp.Or(n.Value, `""`)
	}
}

// merged returns all paths once: those of after in their order, and each that
// only before has behind the last one of its part.
func merged(before, after []string) []string {
	all := slices.Clone(after)
	for _, path := range before {
		if slices.Contains(after, path) {
			continue
		}
		all = slices.Insert(all, behind(all, path), path)
	}
	return all
}

// behind is the place after the last path that shares the longest beginning with
// path, counted in whole parts.
func behind(all []string, path string) int {
	for end := len(path); end > 0; end = strings.LastIndexAny(path[:end], ".[") {
		for i := len(all) - 1; i >= 0; i-- {
			if rest, ok := strings.CutPrefix(all[i], path[:end]); ok && (rest == "" || strings.ContainsRune(".[]( ", rune(rest[0]))) {
				return i + 1
			}
		}
	}
	return len(all)
}
