package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds the configuration file: far more than all keys need.
const maxFile = 256 << 10

// reading is one pass over the sources of a configuration.
type reading struct {
	name     string // of the file, for messages
	readFile func(string) ([]byte, error)
	problems Problems
	origin   map[string]string // key -> where its value came from
}

// where names a place in the file.
func (r *reading) where(n *yaml.Node, path string) string {
	return strings.TrimSuffix(fmt.Sprintf("%s:%d: %s", r.name, n.Line, path), ": ")
}

// file reads the YAML text into the fields that list is bound to.
func (r *reading) file(data []byte, list []entry) {
	if len(data) > maxFile {
		note(&r.problems, r.name, "the file is larger than %d KiB; is it the right one?", maxFile>>10)
		return
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return // an empty file says nothing
	} else if err != nil {
		note(&r.problems, r.name, "this is not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		note(&r.problems, r.name, "the file holds more than one document (a line ---); one is expected")
		return
	}
	r.section(doc.Content[0], "", list)
}

// section reads a mapping of keys. A section without content, whose keys are all
// commented out, says nothing.
func (r *reading) section(n *yaml.Node, path string, list []entry) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		note(&r.problems, r.where(n, path), "keys with values are expected here, such as %s", list[0].name+": …")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		full := join(path, key.Value)
		if line, twice := seen[key.Value]; twice {
			note(&r.problems, r.where(key, full), "this key was given in line %d already; keep one of them", line)
			continue
		}
		seen[key.Value] = key.Line
		r.key(key, value, full, list)
	}
}

func (r *reading) key(key, value *yaml.Node, full string, list []entry) {
	for _, e := range list {
		switch {
		case key.Kind != yaml.ScalarNode:
		case key.Value == e.name && e.section != nil:
			r.section(value, full, e.section)
			return
		case key.Value == e.name:
			r.value(value, full, e)
			return
		case e.value != nil && e.secret() && key.Value == e.name+fileSuffix:
			r.secretFile(value, full, e)
			return
		}
	}
	note(&r.problems, r.where(key, full), "there is no such key%s", hint(key.Value, full, list))
}

// value reads a scalar or a list of scalars into a field.
func (r *reading) value(n *yaml.Node, full string, e entry) {
	texts, err := scalars(n)
	if err == nil {
		err = e.set(texts...)
	}
	if err != nil {
		note(&r.problems, r.where(n, full), "%v", err)
		return
	}
	r.claim(e, r.where(n, full))
}

func (r *reading) secretFile(n *yaml.Node, full string, e entry) {
	texts, err := scalars(n)
	if err != nil || len(texts) != 1 {
		note(&r.problems, r.where(n, full), "the name of a file is expected")
		return
	}
	r.secretFrom(texts[0], r.where(n, full), e)
}

// secretFrom reads a secret from the file of the given name. A line break at its
// end is not part of the secret.
func (r *reading) secretFrom(name, where string, e entry) {
	data, err := r.readFile(name)
	if err != nil {
		note(&r.problems, where, "the file cannot be read: %v", err)
		return
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		note(&r.problems, where, "the file %s is empty", name)
		return
	}
	if err := e.set(text); err != nil {
		note(&r.problems, where, "%v", err)
		return
	}
	r.claim(e, where)
}

// claim notes where a key's value came from. The same secret given directly and
// by file is an error: nobody could say which one counts.
func (r *reading) claim(e entry, where string) {
	if before, taken := r.origin[e.path]; taken && e.secret() {
		note(&r.problems, where, "the secret was given at %s already; keep one of them", before)
	}
	r.origin[e.path] = where
}

// scalars returns the texts of a value. Aliases are refused: they make a small
// file mean a large one.
func scalars(n *yaml.Node) ([]string, error) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil, errors.New("the key has no value; write one or remove the line")
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}, nil
	case n.Kind == yaml.AliasNode:
		return nil, errors.New("aliases are not read; write the value out")
	case n.Kind != yaml.SequenceNode:
		return nil, errors.New("a value is expected, not further keys")
	}
	texts := []string{}
	for _, element := range n.Content {
		if element.Kind != yaml.ScalarNode {
			return nil, errors.New("a list of plain values is expected")
		}
		texts = append(texts, element.Value)
	}
	return texts, nil
}

// hint ends the message about an unknown key with the one that was probably
// meant: in this section, or of the same name in another.
func hint(name, full string, list []entry) string {
	var here []string
	for _, e := range list {
		here = append(here, e.name)
		if e.value != nil && e.secret() {
			here = append(here, e.name+fileSuffix)
		}
	}
	if near := nearest(name, here); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	var c Config
	for _, e := range leaves(entries(&c)) {
		if e.name == name && e.path != full {
			return fmt.Sprintf("; did you mean %s?", e.path)
		}
	}
	return ""
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
