package cryptogram

// What tests of known answers need to see.

// OneBlock is the cryptogram of one block without padding.
func (k *Key) OneBlock(x []byte) []byte {
	out := append([]byte(nil), x...)
	k.block(out)
	return out
}

// FirstBlock is the first intermediate cryptogram of one block without padding.
func (p *Primary) FirstBlock(x []byte) []byte {
	out := append([]byte(nil), x...)
	p.first(out)
	return out
}

// RawKEK is a key-encryption key as it is.
func RawKEK(p Profile, shared []byte, how Combination, devices ...Device) ([]byte, error) {
	if err := checkDevices(how, devices); err != nil {
		return nil, err
	}
	return kek(p, shared, how, devices)
}
