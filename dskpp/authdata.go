package dskpp

import (
	"strconv"

	"github.com/countersign-auth/countersign/pskc"
)

// AuthenticationData proves who the user is (dskpp:AuthenticationDataType).
type AuthenticationData struct {
	ClientID string // may be empty
	// CodeMAC is the MAC over the activation code; nil if Foreign is set.
	CodeMAC *AuthenticationMAC
	Foreign *pskc.Element // another proof, of another namespace
}

// AuthenticationMAC is a MAC with its parameters (dskpp:AuthenticationMacType).
type AuthenticationMAC struct {
	Nonce      []byte // R_C in the two-pass variant; nil if left out
	Iterations int    // of PBKDF2; 0 if left out
	MAC        MAC
}

// MAC is a MAC value (dskpp:MacType).
type MAC struct {
	Algorithm string // URI; empty if left out
	Value     []byte
}

func (s *sequence) mac(e *pskc.Element) (m MAC) {
	if e == nil {
		return m
	}
	if v, ok := e.Attr("MacAlgorithm"); ok {
		m.Algorithm = collapse(v)
	}
	m.Value = s.bytes(e, "MacAlgorithm")
	return m
}

func (m *MAC) element() *pskc.Element {
	b := m.Value
	if b == nil {
		b = []byte{}
	}
	return attrs(octets("Mac", b), "MacAlgorithm", m.Algorithm)
}

func readAuthenticationMAC(e *pskc.Element) (*AuthenticationMAC, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // it is optional
	}
	s := children(e)
	a := &AuthenticationMAC{Nonce: s.nonce(s.maybe("Nonce"))}
	if i := s.maybe("IterationCount"); i != nil {
		n, ok := parseInt(s.leaf(i))
		if !ok || n < 1 {
			s.fail("IterationCount is no positive number of 32 bits")
		}
		a.Iterations = n
	}
	a.MAC = s.mac(s.one("Mac"))
	return a, s.end()
}

func (a *AuthenticationMAC) element(name string) *pskc.Element {
	var count *pskc.Element
	if a.Iterations > 0 {
		count = text("IterationCount", strconv.Itoa(a.Iterations))
	}
	return element(name, octets("Nonce", a.Nonce), count, a.MAC.element())
}

func readAuthenticationData(e *pskc.Element) (*AuthenticationData, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // it is optional
	}
	s := children(e)
	a := &AuthenticationData{}
	if id := s.maybe("ClientID"); id != nil {
		a.ClientID = s.identifier("ClientID", s.leaf(id))
	}
	if m := s.maybe("AuthenticationCodeMac"); m != nil {
		var err error
		if a.CodeMAC, err = readAuthenticationMAC(m); err != nil {
			return nil, err
		}
	} else if a.Foreign = s.other(); a.Foreign == nil {
		s.fail("AuthenticationData without AuthenticationCodeMac")
	}
	return a, s.end()
}

func (a *AuthenticationData) element() *pskc.Element {
	if a == nil {
		return nil
	}
	proof := a.Foreign
	if a.CodeMAC != nil {
		proof = a.CodeMAC.element("AuthenticationCodeMac")
	}
	return element("AuthenticationData", maybeText("ClientID", a.ClientID), proof)
}
