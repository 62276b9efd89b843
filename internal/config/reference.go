package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Reference returns a commented configuration file that names every key. Keys
// with a default stand commented out with it; the keys that are needed stand
// with an example, so that the text is a file to start from.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Countersign's configuration. A key that is commented out has the value shown,\n" +
		"# or none where it says \"for example\". Every key can also be set by the\n" +
		"# environment variable in brackets. Paths are relative to the working directory.\n")
	c := Default()
	list := entries(&c)
	writeKeys(&b, list, "")
	return b.String()
}

func writeKeys(b *strings.Builder, list []entry, indent string) {
	for _, e := range list {
		if indent == "" || e.section != nil {
			b.WriteByte('\n')
		}
		writeDoc(b, e, indent)
		if e.section != nil {
			fmt.Fprintf(b, "%s%s:\n", indent, e.name)
			writeKeys(b, e.section, indent+"  ")
			continue
		}
		writeKey(b, e, indent)
	}
}

// writeDoc writes what the tags say, wrapped to 80 columns.
func writeDoc(b *strings.Builder, e entry, indent string) {
	text := e.doc
	if e.min != "" {
		text += fmt.Sprintf(" Between %s and %s.", e.min, e.max)
	}
	if e.section == nil {
		text += " [" + e.env() + "]"
	}
	line := indent + "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 80 {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

func writeKey(b *strings.Builder, e entry, indent string) {
	switch value := e.literal(); {
	case e.need || e.shown:
		fmt.Fprintf(b, "%s%s: %s\n", indent, e.name, value)
	case e.fallback == "" && e.example != "":
		fmt.Fprintf(b, "%s#%s: %s   # for example\n", indent, e.name, value)
	case value == "":
		fmt.Fprintf(b, "%s#%s:\n", indent, e.name)
	default:
		fmt.Fprintf(b, "%s#%s: %s\n", indent, e.name, value)
	}
	if e.secret() {
		fmt.Fprintf(b, "%s#%s%s:   # instead, a file that holds it [%s]\n", indent, e.name, fileSuffix, e.envFile())
	}
}

// literal is the default, or else the example, as YAML.
func (e entry) literal() string {
	value := first(e.fallback, e.example)
	if _, list := e.value.(*[]netip.Prefix); list {
		return "[" + value + "]"
	}
	return value
}
