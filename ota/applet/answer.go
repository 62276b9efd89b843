package applet

// Answer is a message of the card.
type Answer struct {
	Kind        Kind // of the command
	Transaction Transaction
	Result      Result
	Public      []byte // 65 octets of a P-256 point, or 256 of an RSA modulus
	Signature   []byte
	Card        *Card // of Status, and where it explains a result
	Tries       int   // that are left for the PIN, of WrongPIN; -1 when the card does not say
}

// Card is what a card says of itself.
type Card struct {
	Applet     byte // version of the application, from 1
	Algorithms []Algorithm
	Keys       [2]Key // of Authentication and Signing
}

// Key is what a card says of a role.
type Key struct {
	Algorithm Algorithm // 0 when there is no key
	Tries     int       // that are left for the PIN, 0 to 15; 0 is blocked
	PUKTries  int       // that are left for the PUK, 0 to 15
}

// Key returns what the card says of a role.
func (c *Card) Key(r Role) Key {
	if !r.Valid() {
		return Key{}
	}
	return c.Keys[r-1]
}

// cardOctets is the length of a Card in its TLV.
const cardOctets = 8

// Lengths of what an answer has.
const (
	maxSignature = 256
	maxPublic    = 256
)

// Append writes the answer at the end of dst.
func (a *Answer) Append(dst []byte) []byte {
	dst = append(dst, Version, byte(a.Kind))
	dst = put(dst, tagTransaction, a.Transaction[:])
	dst = put(dst, tagResult, []byte{byte(a.Result)})
	dst = put(dst, tagPublic, a.Public)
	dst = put(dst, tagSignature, a.Signature)
	if a.Card != nil {
		dst = put(dst, tagCard, a.Card.octets())
	}
	if a.Tries >= 0 {
		dst = put(dst, tagTries, []byte{byte(a.Tries)}) //nolint:gosec // at most 15
	}
	return dst
}

func (c *Card) octets() []byte {
	var set byte
	for _, a := range c.Algorithms {
		set |= 1 << (a - 1)
	}
	b := []byte{c.Applet, set}
	for _, k := range c.Keys {
		b = append(b, byte(k.Algorithm), byte(k.Tries), byte(k.PUKTries)) //nolint:gosec // at most 15
	}
	return b
}

// ParseAnswer reads an answer as a server does: what it does not know it leaves aside. The error
// is an *Error; its Result has no meaning.
func ParseAnswer(data []byte) (Answer, error) {
	a := Answer{Tries: -1}
	bad := func(why string) (Answer, error) { return a, &Error{Unsupported, a.Kind, a.Transaction, why} }
	if len(data) < 2 || data[0] != Version {
		return bad("the answer is of another version")
	}
	a.Kind = Kind(data[1])
	all, whole := fields(data[2:])
	result := false
	for _, f := range all {
		if !a.set(f) {
			return bad("a field of the answer has a wrong value")
		}
		result = result || f.tag == tagResult
	}
	if !whole || !result || a.Transaction == (Transaction{}) {
		return bad("the answer is damaged, or lacks its transaction or result")
	}
	return a, nil
}

// set takes a field; false when its value is wrong.
func (a *Answer) set(f field) bool {
	v := f.value
	switch f.tag {
	case tagTransaction:
		return copy(a.Transaction[:], v) == len(v) && len(v) == len(a.Transaction)
	case tagResult:
		a.Result = Result(v[0])
		return len(v) == 1
	case tagPublic:
		a.Public = v
		return len(v) <= maxPublic
	case tagSignature:
		a.Signature = v
		return len(v) <= maxSignature
	case tagCard:
		return a.setCard(v)
	case tagTries:
		a.Tries = int(v[0])
		return len(v) == 1 && v[0] <= 15
	}
	return true
}

// setCard reads a Card; a newer one may be longer.
func (a *Answer) setCard(v []byte) bool {
	if len(v) < cardOctets {
		return false
	}
	a.Card = &Card{Applet: v[0]}
	for _, x := range []Algorithm{ECDSAP256, RSA2048} {
		if v[1]&(1<<(x-1)) != 0 {
			a.Card.Algorithms = append(a.Card.Algorithms, x)
		}
	}
	for i := range a.Card.Keys {
		k := v[2+3*i:]
		a.Card.Keys[i] = Key{Algorithm(k[0]), int(k[1]), int(k[2])}
		if k[1] > 15 || k[2] > 15 {
			return false
		}
	}
	return true
}
