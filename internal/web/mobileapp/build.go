package mobileapp

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"maps"
	"slices"
)

//go:embed page/index.html
var page embed.FS

// Names of files that are made for each application.
const (
	index    = "index.html"
	manifest = "manifest.webmanifest"
	worker   = "sw.js"
)

// files returns all files of an application, none if there is no such application. They are made
// when they are asked for first, and again when the application has other names.
func (s *server) files(code string) (map[string]file, error) {
	app, found := s.Find(code)
	if !found {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if files, made := s.built[app]; made {
		return files, nil
	}
	files, err := s.build(app)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(s.built, func(old Application, _ map[string]file) bool { return old.Code == app.Code })
	s.built[app] = files
	return files, nil
}

func (s *server) build(app Application) (map[string]file, error) {
	files := maps.Clone(s.shared)
	html, err := indexOf(app)
	if err != nil {
		return nil, err
	}
	files[index] = newFile(index, html)
	described, err := json.Marshal(manifestOf(app))
	if err != nil {
		return nil, err
	}
	files[manifest] = newFile(manifest, described)
	head, err := buildLine(files)
	if err != nil {
		return nil, err
	}
	files[worker] = newFile(worker, append(head, s.shared[worker].body...))
	return files, nil
}

func indexOf(app Application) ([]byte, error) {
	t, err := template.ParseFS(page, "page/"+index)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, app)
	return b.Bytes(), err
}

// build is what the worker knows of its version.
type build struct {
	Version string   `json:"version"`
	Files   []string `json:"files"` // to be kept for when there is no network
}

// buildLine is the first line of the service worker: a change of any file changes it.
func buildLine(files map[string]file) ([]byte, error) {
	all := sha256.New()
	b := build{Files: []string{"./"}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all.Write([]byte(name + files[name].tag + "\n"))
		if name != index && name != worker && kindOf(name) != kindOf(".txt") {
			b.Files = append(b.Files, name)
		}
	}
	b.Version = hex.EncodeToString(all.Sum(nil)[:8])
	line, err := json.Marshal(b)
	return slices.Concat([]byte("self.build="), line, []byte(";\n")), err
}
