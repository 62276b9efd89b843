package config

import (
	"reflect"
	"strings"
)

// envPrefix begins the name of every environment variable that is read.
const envPrefix = "COUNTERSIGN_"

// fileSuffix turns a secret's key into the key of a file that holds it.
const fileSuffix = "_file"

// entry is one key, bound to the field of a Config: a value, or a section of
// further keys.
type entry struct {
	path     string // "api.tls.certificate"
	name     string // "certificate"
	doc      string
	fallback string // the default as text
	example  string
	need     bool
	shown    bool // stands in the reference without a comment sign
	min, max string
	oneof    []string
	value    any     // pointer to the field; nil for a section
	section  []entry // nil for a value
}

// entries lists the keys of c in the order of the struct.
func entries(c *Config) []entry { return walk(reflect.ValueOf(c).Elem(), "", "") }

func walk(v reflect.Value, prefix string, parent reflect.StructTag) (list []entry) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("key")
		e := entry{
			path: prefix + name, name: name, doc: f.Tag.Get("doc"), need: f.Tag.Get("need") == "yes", shown: f.Tag.Get("shown") == "yes",
			fallback: first(parent.Get("default."+name), f.Tag.Get("default")),
			example:  first(parent.Get("example."+name), f.Tag.Get("example")),
			min:      f.Tag.Get("min"), max: f.Tag.Get("max"), oneof: strings.Fields(f.Tag.Get("oneof")),
		}
		if f.Type.Kind() == reflect.Struct {
			e.section = walk(v.Field(i), e.path+".", f.Tag)
		} else {
			e.value = v.Field(i).Addr().Interface()
		}
		list = append(list, e)
	}
	return list
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// leaves lists the values of the tree, sections left out.
func leaves(list []entry) (values []entry) {
	for _, e := range list {
		if e.section != nil {
			values = append(values, leaves(e.section)...)
		} else {
			values = append(values, e)
		}
	}
	return values
}

func (e entry) secret() bool {
	_, ok := e.value.(*Secret)
	return ok
}

// env is the name of the key's environment variable.
func (e entry) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(e.path, ".", "_"))
}

// envFile is the name of the variable that names a file with the secret.
func (e entry) envFile() string { return e.env() + strings.ToUpper(fileSuffix) }

// Default returns a configuration with every default and nothing else.
func Default() Config {
	var c Config
	for _, e := range leaves(entries(&c)) {
		if e.fallback == "" {
			continue
		}
		if err := e.set(e.fallback); err != nil {
			panic("config: the default of " + e.path + " is wrong: " + err.Error()) // a mistake in a tag, found by every test
		}
	}
	return c
}
