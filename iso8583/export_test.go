package iso8583

// Shape is what a field is like: its kind, length, and whether shorter ones are allowed.
func (p *Profile) Shape(n int) (kind string, length int, variable bool) {
	f := &p.fields[n]
	return map[uint8]string{uint8(numeric): "n", uint8(text): "text", uint8(track): "z", uint8(signed): "x+n", uint8(opaque): "b"}[uint8(f.kind)], f.max, f.prefix > 0
}

// Written is how a field stands on the wire: its encoding, that of the length in front, and how many digits that has, 0 for none. Number 0 is
// the type of a message, 1 its bitmap.
func (p *Profile) Written(n int) (enc, count Encoding, digits int) {
	switch n {
	case 0:
		return p.mti.enc, 0, 0
	case 1:
		return p.bitmap.enc, 0, 0
	}
	f := &p.fields[n]
	return f.enc, f.count, f.prefix
}
