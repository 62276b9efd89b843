package ui

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
)

//go:embed template
var ownTemplates embed.FS

// layout is the template that draws a whole page around its content.
const layout = "layout"

// partPrefix begins the names of files that all pages of a face share.
const partPrefix = "part-"

// drawn gives the templates of a page. They are made when it is first drawn: each page
// has a copy of all shared ones, and few pages of a face are in use at a time.
type drawn func() (*template.Template, error)

// loadPages reads every page of the face for each language, and checks them all.
func (k *Kit) loadPages() error {
	k.pages = map[string]map[string]drawn{}
	for _, lang := range languages {
		base, err := template.New(layout).Funcs(k.funcs(k.locales[lang])).Funcs(k.cfg.Funcs).
			ParseFS(ownTemplates, "template/part-*.html")
		if err != nil {
			return err
		}
		k.pages[lang] = map[string]drawn{}
		own, err := fs.Sub(ownTemplates, "template")
		if err != nil {
			return err
		}
		if err := k.addPages(lang, base, own); err != nil {
			return err
		}
		if k.cfg.Pages == nil {
			continue
		}
		if err := k.addPages(lang, base, k.cfg.Pages); err != nil {
			return err
		}
	}
	return nil
}

// addPages parses the shared files of f into base, and keeps each page. What is wrong
// with a page is so in every language, and said of the first one.
func (k *Kit) addPages(lang string, base *template.Template, f fs.FS) error {
	files, err := fs.Glob(f, "*.html")
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b string) int { // shared files first
		return strings.Compare(pageRank(a)+a, pageRank(b)+b)
	})
	for _, file := range files {
		b, err := fs.ReadFile(f, file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(file, ".html")
		if strings.HasPrefix(name, partPrefix) {
			if _, err := base.New(file).Parse(string(b)); err != nil {
				return err
			}
			continue
		}
		if k.pages[lang][name] != nil {
			return fmt.Errorf("two pages are named %s", name)
		}
		if lang == languages[0] {
			if err := k.checkPage(base, file, string(b)); err != nil {
				return err
			}
		}
		k.pages[lang][name] = sync.OnceValues(func() (*template.Template, error) { return compose(base, file, string(b)) })
	}
	return nil
}

// compose parses a page into a copy of the shared templates.
func compose(base *template.Template, file, source string) (*template.Template, error) {
	set, err := base.Clone()
	if err != nil {
		return nil, err
	}
	_, err = set.New(file).Parse(source)
	return set, err
}

func (k *Kit) checkPage(base *template.Template, file, source string) error {
	set, err := compose(base, file, source)
	if err != nil {
		return err
	}
	if set.Lookup("content") == nil {
		return fmt.Errorf("%s defines no content", file)
	}
	if err := k.checkNames(set); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func pageRank(file string) string {
	if strings.HasPrefix(file, partPrefix) {
		return "0"
	}
	return "1"
}

// checkNames looks at every call with a literal name: texts, assets and icons.
func (k *Kit) checkNames(set *template.Template) error {
	var errs []error
	for _, t := range set.Templates() {
		if t.Tree == nil {
			continue
		}
		walk(t.Tree.Root, func(fn, name string) {
			var err error
			switch fn {
			case "t", "tn":
				if !k.catalog.Has(name) {
					err = fmt.Errorf("no text has the key %q", name)
				}
			case "asset":
				_, err = k.URL(name)
			case "icon":
				_, err = k.icon(name)
			}
			if err != nil {
				errs = append(errs, err)
			}
		})
	}
	return errors.Join(errs...)
}

// walk calls f for every command that starts with a function and a string.
func walk(n parse.Node, f func(fn, name string)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				walk(c, f)
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, f)
	case *parse.TemplateNode:
		walk(n.Pipe, f)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, f)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, f)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, f)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				walk(c, f)
			}
		}
	case *parse.CommandNode:
		walkCommand(n, f)
	}
}

func walkBranch(n *parse.BranchNode, f func(fn, name string)) {
	walk(n.Pipe, f)
	walk(n.List, f)
	walk(n.ElseList, f)
}

func walkCommand(n *parse.CommandNode, f func(fn, name string)) {
	if len(n.Args) > 1 {
		fn, isFunc := n.Args[0].(*parse.IdentifierNode)
		name, isText := n.Args[1].(*parse.StringNode)
		if isFunc && isText {
			f(fn.Ident, name.Text)
		}
	}
	for _, a := range n.Args {
		walk(a, f)
	}
}

// Pages lists the names of the face's pages, sorted.
func (k *Kit) Pages() []string { return slices.Sorted(maps.Keys(k.pages[languages[0]])) }

// Render writes a page. Whatever fails is returned before anything is sent.
func (k *Kit) Render(w http.ResponseWriter, r *http.Request, p Page) error {
	l := k.Locale(r)
	page, known := k.pages[l.Lang()][p.Name]
	if !known {
		return fmt.Errorf("ui: no page is named %q", p.Name)
	}
	set, err := page()
	if err != nil {
		return fmt.Errorf("ui: page %s: %w", p.Name, err)
	}
	v := k.view(r, l, p)
	v.Flashes = k.takeFlashes(w, r, l)
	var text bytes.Buffer
	if err := set.ExecuteTemplate(&text, layout, v); err != nil {
		return fmt.Errorf("ui: page %s: %w", p.Name, err)
	}
	if v.Chrome.Idle > 0 {
		w.Header().Set("Refresh", refresh(v.Chrome))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", l.Lang())
	w.WriteHeader(status(p))
	_, _ = text.WriteTo(w) // a reader that went away is no failure of ours
	return nil
}

func (k *Kit) view(r *http.Request, l *Locale, p Page) View {
	v := View{
		Page: p, Face: k.face, Brand: k.brand, Lang: l.Lang(), Theme: k.theme(r),
		Path: r.URL.RequestURI(), RequestID: RequestID(r.Context()),
		Styles: k.cfg.Styles, Scripts: k.cfg.Scripts,
	}
	if r.Method != http.MethodGet {
		v.Path = "" // the switches must not lead back to an address that takes forms only
	}
	if k.cfg.Chrome != nil {
		v.Chrome = k.cfg.Chrome(r, l)
	}
	if v.Chrome.Home == "" {
		v.Chrome.Home = "/"
	}
	return v
}

func status(p Page) int {
	switch {
	case p.Status != 0:
		return p.Status
	case p.Form != nil && !p.Form.OK():
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
