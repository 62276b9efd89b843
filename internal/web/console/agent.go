package console

import (
	"cmp"
	"strings"
)

// Program is the browser of a session in words that people know: what it calls
// itself is long, and mostly about others.
func (r sessionRow) Program() string {
	program := first(r.Agent, "Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari")
	system := first(r.Agent, "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	if program == "" || system == "" {
		name, _, _ := strings.Cut(r.Agent, " ")
		return cmp.Or(program, system, name)
	}
	return r.t.T("console.session.on", "program", program, "system", system)
}

// first returns the name behind the first sign that s contains; signs and names
// take turns.
func first(s string, signs ...string) string {
	for i := 0; i+1 < len(signs); i += 2 {
		if strings.Contains(s, signs[i]) {
			return signs[i+1]
		}
	}
	return ""
}
