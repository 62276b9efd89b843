package cryptogram

import "bytes"

// Primary is the device that starts and ends a split cryptogram. It holds K1 and never sees K2. It keeps nothing between its two
// steps, and any number of goroutines may use it.
type Primary struct {
	side
	variant Variant
}

// NewPrimary takes the share of a primary.
func NewPrimary(s Share, v Variant) (*Primary, error) {
	x, err := s.side()
	if err != nil {
		return nil, err
	}
	return &Primary{x, v}, nil
}

// First is the first intermediate cryptogram C1 of data of any length: what the secondary gets.
func (p *Primary) First(data []byte) []byte {
	x := chain(p.own, data)
	p.first(x)
	return x
}

func (p *Primary) first(x []byte) {
	p.own.Encrypt(x, x)
	p.k3.Decrypt(x, x)
	p.k4.Encrypt(x, x)
}

// Final is the cryptogram, from the second intermediate cryptogram of the secondary. The error is about its length; whether the
// right key made it, only whoever checks the cryptogram can tell.
func (p *Primary) Final(second []byte) ([]byte, error) {
	if err := p.check("second intermediate cryptogram", second); err != nil {
		return nil, err
	}
	x := bytes.Clone(second)
	if p.variant == Protected {
		p.k3.Encrypt(x, x)
		p.k4.Decrypt(x, x)
	}
	p.own.Encrypt(x, x)
	return x, nil
}

// Secondary is the device in the middle, or the server that stands in for it. It holds K2 and never sees K1.
type Secondary struct {
	side
	variant Variant
}

// NewSecondary takes the share of a secondary.
func NewSecondary(s Share, v Variant) (*Secondary, error) {
	x, err := s.side()
	if err != nil {
		return nil, err
	}
	return &Secondary{x, v}, nil
}

// Answer is the second intermediate cryptogram C2, or C2' if it is to be protected. The error is about the length of the first.
func (s *Secondary) Answer(first []byte) ([]byte, error) {
	if err := s.check("first intermediate cryptogram", first); err != nil {
		return nil, err
	}
	x := bytes.Clone(first)
	s.k4.Decrypt(x, x)
	s.k3.Encrypt(x, x)
	s.own.Decrypt(x, x)
	if s.variant == Protected {
		s.k4.Encrypt(x, x)
		s.k3.Decrypt(x, x)
	}
	return x, nil
}
