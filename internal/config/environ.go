package config

import (
	"slices"
	"strings"
)

// environ reads the environment, as os.Environ gives it, into the fields. It
// overrides the file key by key; a secret by value overrides a secret by file
// name and the other way round.
func (r *reading) environ(environ []string, list []entry) {
	vars := ours(environ)
	known := ownVariables()
	for _, e := range leaves(list) {
		known = append(known, e.env())
		if e.secret() {
			known = append(known, e.envFile())
		}
		r.variable(vars, e)
	}
	for _, name := range sorted(vars) {
		if slices.Contains(known, name) || strings.HasPrefix(name, envPrefix+"TEST_") || platform(name) {
			continue
		}
		if near := nearest(strings.TrimPrefix(name, envPrefix), trimmed(known)); near != "" {
			note(&r.problems, name, "there is no such variable; did you mean %s?", envPrefix+near)
		}
	}
}

func (r *reading) variable(vars map[string]string, e entry) {
	text, ok := vars[e.env()]
	name, fromFile := "", false
	if e.secret() {
		name, fromFile = vars[e.envFile()]
	}
	if ok || fromFile {
		delete(r.origin, e.path) // the environment overrides the file
	}
	if fromFile {
		r.secretFrom(name, e.envFile(), e)
	}
	if !ok {
		return
	}
	if err := e.set(split(text, e)...); err != nil {
		note(&r.problems, e.env(), "%v", err)
		return
	}
	r.claim(e, e.env())
}

// split makes the elements of a list from one variable: separated by commas.
func split(text string, e entry) []string {
	switch e.value.(type) {
	case *string, *Secret:
		return []string{text}
	}
	parts := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// ownVariables are read by the program or its tests, but are no keys.
func ownVariables() []string {
	return []string{envPrefix + "CONFIG", envPrefix + "CHROMIUM", envPrefix + "ARTIFACTS"}
}

// platform reports whether Kubernetes may have set the variable, for a service
// that is called "countersign" or begins so.
func platform(name string) bool {
	return strings.Contains(name, "_SERVICE_") || strings.HasSuffix(name, "_PORT") || strings.Contains(name, "_PORT_")
}

func ours(environ []string) map[string]string {
	vars := map[string]string{}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) {
			vars[name] = value
		}
	}
	return vars
}

func sorted(vars map[string]string) (names []string) {
	for name := range vars {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func trimmed(names []string) (short []string) {
	for _, name := range names {
		short = append(short, strings.TrimPrefix(name, envPrefix))
	}
	return short
}
