package ui

import (
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	svgInner = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)
	blanks   = regexp.MustCompile(`\s+`)
)

// loadIcons reads static/icon. Icons are drawn into the page: they take the
// color of the text beside them and cost no request.
func (k *Kit) loadIcons() error {
	names, err := fs.Glob(static, "static/icon/*.svg")
	if err != nil {
		return err
	}
	k.icons = make(map[string]template.HTML, len(names))
	for _, name := range names {
		b, err := fs.ReadFile(static, name)
		if err != nil {
			return err
		}
		m := svgInner.FindSubmatch(b)
		if m == nil {
			return fmt.Errorf("%s is no SVG picture", name)
		}
		inner := strings.TrimSpace(blanks.ReplaceAllString(string(m[1]), " "))
		//nolint:gosec // our own embedded files
		k.icons[strings.TrimSuffix(path.Base(name), ".svg")] = template.HTML(
			`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + inner + `</svg>`)
	}
	return nil
}

// icon is the template function: a picture that says nothing to a screen
// reader, because the text beside it does.
func (k *Kit) icon(name string) (template.HTML, error) {
	if h, ok := k.icons[name]; ok {
		return h, nil
	}
	return "", fmt.Errorf("no icon is named %q", name)
}

func (k *Kit) iconNames() []string { return slices.Sorted(maps.Keys(k.icons)) }
