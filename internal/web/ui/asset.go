package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// assetRoot is the path below which assets are served.
const assetRoot = "/assets/"

// asset is one file, kept in memory with the URL that carries its digest.
type asset struct {
	url, kind string
	body      []byte
}

// assets are served by URL and named by their path without the digest.
type assets struct {
	byName, byURL map[string]*asset
}

func (k *Kit) loadAssets() error {
	k.assets = &assets{byName: map[string]*asset{}, byURL: map[string]*asset{}}
	own, err := fs.Sub(static, "static")
	if err != nil {
		return err
	}
	if err := k.assets.addTree(own); err != nil {
		return err
	}
	if err := k.assets.addSheet(own); err != nil {
		return err
	}
	if k.cfg.Static == nil {
		return nil
	}
	return k.assets.addTree(k.cfg.Static)
}

// addTree adds every file but our style sheets and icons, which are joined
// elsewhere. Files that sheets refer to come first in the walk by the rewriting
// being done last.
func (a *assets) addTree(f fs.FS) error {
	var sheets []string
	err := fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || strings.HasPrefix(name, "css/") || strings.HasPrefix(name, "icon/"):
			return err
		case strings.HasSuffix(name, ".css"):
			sheets = append(sheets, name)
			return nil
		}
		body, err := fs.ReadFile(f, name)
		if err != nil {
			return err
		}
		return a.add(name, body)
	})
	if err != nil {
		return err
	}
	for _, name := range sheets {
		body, err := fs.ReadFile(f, name)
		if err != nil {
			return err
		}
		if err := a.add(name, a.rewrite(body)); err != nil {
			return err
		}
	}
	return nil
}

// addSheet joins the kit's style sheets in the order of their names.
func (a *assets) addSheet(f fs.FS) error {
	names, err := fs.Glob(f, "css/*.css")
	if err != nil {
		return err
	}
	slices.Sort(names)
	var all bytes.Buffer
	for _, name := range names {
		body, err := fs.ReadFile(f, name)
		if err != nil {
			return err
		}
		all.Write(body)
	}
	return a.add("kit.css", a.rewrite(all.Bytes()))
}

var cssURL = regexp.MustCompile(`url\("([^":#]+)"\)`)

// rewrite points url("name") of a style sheet at the asset of that name.
func (a *assets) rewrite(sheet []byte) []byte {
	return cssURL.ReplaceAllFunc(sheet, func(m []byte) []byte {
		if f := a.byName[string(cssURL.FindSubmatch(m)[1])]; f != nil {
			return []byte(`url("` + f.url + `")`)
		}
		return m
	})
}

func (a *assets) add(name string, body []byte) error {
	if a.byName[name] != nil {
		return fmt.Errorf("two assets are named %s", name)
	}
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	f := &asset{
		url:  assetRoot + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		kind: kindOf(ext), body: body,
	}
	a.byName[name], a.byURL[f.url] = f, f
	return nil
}

// kindOf does not ask the system's tables first: they differ between machines.
func kindOf(ext string) string {
	switch ext {
	case ".woff2":
		return "font/woff2"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

// URL returns the address of an asset, with the digest of its content in it.
func (k *Kit) URL(name string) (string, error) {
	if f := k.assets.byName[name]; f != nil {
		return f.url, nil
	}
	return "", fmt.Errorf("no asset is named %q", name)
}

// ServeHTTP serves an asset. Its address changes with its content, so it may be
// kept for ever.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := a.byURL[r.URL.Path]
	if f == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}
