package pskc

// maxLinks bounds the PIN references that are remembered, so that memory stays
// flat. In files of vendors the PIN key stands beside the key that it protects.
const maxLinks = 4096

// pinLinks follows PINKeyId references to keys of the same container
// (RFC 6030, section 5).
type pinLinks struct {
	seen     map[string]bool // Ids of PIN keys that nothing referred to yet
	open     map[string]bool // references whose key was not seen yet
	overflow bool
}

func (l *pinLinks) add(k *Key) {
	if k.Profile == ProfilePIN && !take(l.open, k.ID) {
		l.seen = l.put(l.seen, k.ID)
	}
	if p := k.Policy.PIN; p != nil && p.KeyID != "" && !l.seen[p.KeyID] {
		l.open = l.put(l.open, p.KeyID)
	}
}

func take(m map[string]bool, id string) bool {
	found := m[id]
	delete(m, id)
	return found
}

func (l *pinLinks) put(m map[string]bool, id string) map[string]bool {
	if m == nil {
		m = map[string]bool{}
	}
	if len(m) >= maxLinks {
		l.overflow = true
		return m
	}
	m[id] = true
	return m
}

// MissingPINKeys returns the PINKeyId references for which no PIN key was read
// so far; after io.EOF these keys are missing from the file. complete is false
// if there were too many to follow.
func (r *Reader) MissingPINKeys() (ids []string, complete bool) {
	for id := range r.pins.open {
		ids = append(ids, id)
	}
	return ids, !r.pins.overflow
}
