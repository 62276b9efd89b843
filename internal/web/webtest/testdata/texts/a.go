// Package texts is a sample for CheckTexts.
package texts

type speaker interface {
	T(key string, pairs ...any) string
}

func say(s speaker, kind string) string { return s.T("x.code") + s.T("x.kind."+kind) }

var _ = say
