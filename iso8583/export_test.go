package iso8583

// Shape is what a field is like: its kind, length, and whether shorter ones are allowed.
func (p *Profile) Shape(n int) (kind string, length int, variable bool) {
	f := &p.fields[n]
	return map[uint8]string{uint8(numeric): "n", uint8(text): "text", uint8(track): "z", uint8(signed): "x+n", uint8(opaque): "b"}[uint8(f.kind)], f.max, f.prefix > 0
}
