package ui

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed text
var ownTexts embed.FS

// languages are those every text exists in, the default first.
var languages = [...]string{"en", "de"}

// Catalog holds the texts of a face in every language.
type Catalog struct {
	texts map[string]map[string]string // language, key
}

func (k *Kit) loadTexts() error {
	own, err := fs.Sub(ownTexts, "text")
	if err != nil {
		return err
	}
	c := &Catalog{texts: map[string]map[string]string{}}
	for _, lang := range languages {
		c.texts[lang] = map[string]string{}
		for _, f := range []fs.FS{own, k.cfg.Texts} {
			if f == nil {
				continue
			}
			if err := c.read(f, lang); err != nil {
				return err
			}
		}
	}
	if err := c.check(); err != nil {
		return err
	}
	k.catalog, k.locales = c, map[string]*Locale{}
	for _, lang := range languages {
		k.locales[lang] = newLocale(lang, c.texts[lang], k.cfg.Zone)
	}
	return nil
}

// read adds LANG.yaml, and each LANG-SUBJECT.yaml beside it: nested maps of texts,
// joined to keys by dots.
func (c *Catalog) read(f fs.FS, lang string) error {
	more, err := fs.Glob(f, lang+"-*.yaml")
	if err != nil {
		return fmt.Errorf("texts: %w", err)
	}
	for _, name := range append([]string{lang + ".yaml"}, more...) {
		b, err := fs.ReadFile(f, name)
		if err != nil {
			return fmt.Errorf("texts: %w", err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(b, &tree); err != nil {
			return fmt.Errorf("texts: %s: %w", name, err)
		}
		if err := c.flatten(lang, "", tree); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (c *Catalog) flatten(lang, prefix string, tree map[string]any) error {
	for name, v := range tree {
		key := prefix + name
		switch v := v.(type) {
		case map[string]any:
			if err := c.flatten(lang, key+".", v); err != nil {
				return err
			}
		case string:
			if _, taken := c.texts[lang][key]; taken {
				return fmt.Errorf("texts: %s: %q is given twice", lang, key)
			}
			c.texts[lang][key] = v
		default:
			return fmt.Errorf("texts: %s: %q is no text: put it in quotes", lang, key)
		}
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// check compares every language with the first: same keys, same placeholders.
func (c *Catalog) check() error {
	var errs []error
	first := c.texts[languages[0]]
	for _, lang := range languages[1:] {
		for _, key := range slices.Sorted(maps.Keys(c.texts[lang])) {
			if _, ok := first[key]; !ok {
				errs = append(errs, fmt.Errorf("texts: %q is in %s only", key, lang))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(first)) {
			other, ok := c.texts[lang][key]
			if !ok {
				errs = append(errs, fmt.Errorf("texts: %q is missing in %s", key, lang))
			} else if a, b := holes(first[key]), holes(other); !slices.Equal(a, b) {
				errs = append(errs, fmt.Errorf("texts: %q has placeholders %v, in %s %v", key, a, lang, b))
			}
		}
	}
	return errors.Join(errs...)
}

func holes(s string) []string {
	h := placeholder.FindAllString(s, -1)
	slices.Sort(h)
	return slices.Compact(h)
}

// Has reports whether a text has this key. A key with forms for one and many
// is known by its stem.
func (c *Catalog) Has(key string) bool {
	first := c.texts[languages[0]]
	_, ok := first[key]
	if !ok {
		_, ok = first[key+".other"]
	}
	return ok
}

// Keys lists the keys of all texts, sorted.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.texts[languages[0]])) }

// fill puts values into the {placeholders} of a text: pairs are name, value.
func fill(text string, pairs []any) string {
	if len(pairs) == 0 {
		return text
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(old...).Replace(text)
}
