package bank

import "html/template"

// counting is the function that counts places from 1.
func counting() template.FuncMap {
	return template.FuncMap{"place": func(i int) int { return i + 1 }}
}
