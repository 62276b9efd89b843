package pskc

import "strings"

// legacyState is what drafts say once for a whole file.
type legacyState struct {
	digest string
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func (r *Reader) legacyVersion() ([]byte, bool) { return r.s.attr("version") }

func (r *Reader) legacyHead() error { return r.skip() }

func (r *Reader) legacyKeyAttributes(id, alg []byte) ([]byte, []byte) { return id, alg }

func (r *Reader) legacyKeyChild(p *KeyPackage) error { return r.skipWarn(p) }

func (r *Reader) legacyData(p *KeyPackage, name string) error { return r.skip() }

func legacyProfile(uri string) (Profile, string, bool) { return "", "", false }
