package ui

import "io/fs"

// Folder is a folder of a face's embedded files, for a [Config]. Its name is a
// constant of the face: one that is not there is a mistake in the program.
func Folder(files fs.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic("ui: " + err.Error())
	}
	return f
}

// Fonts are the typeface and its license, for a page that is not a [Kit]'s.
func Fonts() fs.FS { return Folder(static, "static/font") }
