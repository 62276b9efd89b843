package dskpp

import (
	"crypto/hmac"
	"errors"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/pskc"
)

type keyPackage = pskc.KeyPackage

// prove adds the key protection method and the user's proof to a hello (RFC 6063,
// section 5.2.2).
func (r *Run) prove(h *ClientHello) error {
	c := r.c
	r.rc = slices.Clone(h.Nonce)
	info, n := &KeyInfo{}, oneIteration
	switch c.Method {
	case Transport:
		pub, err := c.publicKey()
		if err != nil {
			return err
		}
		if r.k, err = PublicKeyOctets(pub); err != nil {
			return err
		}
		n = c.iterations()
		switch {
		case c.Certificate != nil:
			info.Certificate = c.Certificate.Raw
		case c.PublicName != "":
			info.Name = c.PublicName
		default:
			info.Key = pub
		}
	case Wrap:
		r.k, info.Name = c.Shared, c.SharedName
	case PassphraseWrap:
		var err error
		if r.k, err = PassphraseKey(c.Passphrase, c.Code.ClientID, c.URL); err != nil {
			return err
		}
		info.Name = c.Code.ClientID
	}
	h.Variants.TwoPass = []Method{{c.Method, &Payload{Key: info}}}
	mac, err := authenticationMAC(h.MACs[0], c.Code.Password, c.Code.ClientID, c.URL, r.rc, nil, r.k, n)
	if err != nil {
		return err
	}
	h.Authentication = &AuthenticationData{ClientID: c.Code.ClientID, CodeMAC: &AuthenticationMAC{Nonce: r.rc, Iterations: n, MAC: MAC{h.MACs[0], mac}}}
	return nil
}

// finishTwoPass opens the package and verifies both MACs (section 5.2.3).
func (r *Run) finishTwoPass(f *ServerFinished) (*Key, error) {
	c := r.c
	mac, err := r.agreed(f)
	if err != nil {
		return nil, err
	}
	k := &keys{wrapping: c.Shared, name: c.SharedName, passphrase: c.Passphrase, private: c.Private, tolerant: c.Tolerant, rand: c.Rand}
	p, err := k.open(c.Method, f.Package.Container)
	if err != nil {
		return nil, err
	}
	kprov := p.Key.Secret.Bytes()
	if len(kprov)%2 != 0 || len(kprov) < 2*prfKey {
		return nil, ErrMAC
	}
	kmac, ktoken := split(kprov)
	want, err := confirmationMAC(mac, kmac, f.Package.ServerID, r.hello)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(want, f.MAC.Value) {
		return nil, ErrMAC
	}
	if err := r.authorized(f, mac); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.keyTypes(), func(t string) bool { return fits(&p.Key, t) }) {
		return nil, malformed("the key is of a type that was not offered")
	}
	p.Key.Secret = tokenKey(&p.Key, ktoken)
	return r.key(p, f, TwoPass, mac)
}

// agreed checks that the server chose from the lists, and returns the MAC algorithm.
func (r *Run) agreed(f *ServerFinished) (string, error) {
	c := r.c
	mac := f.MAC.Algorithm
	if mac == "" {
		mac = c.macs()[0]
	}
	method := f.Package.Method
	if method == "" && c.Tolerant {
		method = c.Method
	}
	switch {
	case c.Method == "" || method != c.Method:
		return "", malformed("the key package is protected by another method than was offered")
	case !contains(c.macs(), mac):
		return "", malformed("the server chose a MAC algorithm that was not offered")
	case f.Package.Container == nil:
		return "", errors.New("dskpp: the key package is of another format")
	}
	return mac, offered(f.Package.Container, c.encryption())
}

// offered checks every encryption algorithm in a package.
func offered(e *pskc.Element, list []string) error {
	if e.Name == "EncryptionMethod" && e.Space == namespaceXenc {
		if uri, _ := e.Attr("Algorithm"); !permits(list, strings.TrimSpace(uri)) {
			return malformed("the server chose an encryption algorithm that was not offered")
		}
	}
	for _, c := range e.Children {
		if err := offered(c, list); err != nil {
			return err
		}
	}
	return nil
}

// authorized demands MAC 2 of a server that replaces a key (section 10.6.3).
func (r *Run) authorized(f *ServerFinished, mac string) error {
	old := r.c.Old
	if old == nil {
		return nil
	}
	a := f.Authentication
	if a == nil || a.MAC.Algorithm != "" && a.MAC.Algorithm != mac || len(a.MAC.Value) < serverMACLen {
		return ErrMAC
	}
	want, err := replacementMAC(mac, old.Token.Bytes(), f.Package.ServerID, r.rc)
	if err != nil {
		return err
	}
	if !hmac.Equal(want, a.MAC.Value) {
		return ErrMAC
	}
	return nil
}
