package dskpp

import (
	"crypto/hmac"
	"crypto/x509"
	"errors"
)

// next makes the ClientNonce (RFC 6063, section 4.2.3).
func (r *Run) next(h *ServerHello, raw []byte) error {
	if err := r.acceptable(h); err != nil {
		return err
	}
	r.choice, r.serverHello = h, raw
	if err := r.verifyHello(); err != nil {
		return err
	}
	var err error
	if r.rc, err = r.c.random(nonceLen(h.MACAlgorithm)); err != nil {
		return err
	}
	encrypted, err := r.encrypt()
	if err != nil {
		return err
	}
	code, rs, n := r.c.Code, h.Payload.Nonce, r.c.iterations()
	mac, err := authenticationMAC(h.MACAlgorithm, code.Password, code.ClientID, r.c.URL, r.rc, rs, r.k, n)
	if err != nil {
		return err
	}
	m := &ClientNonce{
		Version: spoken(), Session: h.Session, EncryptedNonce: encrypted,
		Authentication: &AuthenticationData{ClientID: code.ClientID, CodeMAC: &AuthenticationMAC{Iterations: n, MAC: MAC{h.MACAlgorithm, mac}}},
		Extensions:     pick(h.Extensions, serverInfo),
	}
	if len(r.c.Info) > 0 {
		m.Extensions = append(m.Extensions, ClientInfo(r.c.Info))
	}
	r.nonce = m.Format()
	r.request, r.state = r.nonce, Answered
	return nil
}

// acceptable checks that the server chose from the lists (section 10.2.2).
func (r *Run) acceptable(h *ServerHello) error {
	if err := understood(h.Extensions); err != nil {
		return err
	}
	switch {
	case h.Session == "":
		return malformed("a ServerHello without SessionID")
	case !contains(r.c.keyTypes(), h.KeyType), !permits(r.c.encryption(), h.Encryption),
		!contains(r.c.macs(), h.MACAlgorithm), h.Package != FormatPSKC:
		return malformed("the server chose what was not offered")
	case h.Payload == nil || h.Payload.Nonce == nil:
		return malformed("a ServerHello without nonce")
	}
	return nil
}

// verifyHello demands the MAC of a server that wants to replace a key.
func (r *Run) verifyHello() error {
	old := r.c.Old
	if old == nil {
		return nil
	}
	m, err := Parse(r.hello)
	if err != nil {
		return err
	}
	own, ok := m.(*ClientHello)
	h := r.choice
	if !ok || h.MAC == nil || h.MAC.Algorithm != "" && h.MAC.Algorithm != h.MACAlgorithm {
		return ErrMAC
	}
	want, err := helloMAC(h.MACAlgorithm, old.Token.Bytes(), own.Nonce, h.Payload.Nonce)
	if err != nil {
		return err
	}
	if !hmac.Equal(want, h.MAC.Value) {
		return ErrMAC
	}
	return nil
}

// encrypt finds K and puts R_C under it.
func (r *Run) encrypt() ([]byte, error) {
	h, c := r.choice, r.c
	if h.Encryption == PRFAES || h.Encryption == PRFSHA256 {
		if len(c.Shared) < prfKey || h.Key.Name != c.SharedName {
			return nil, malformed("the server wants a shared key that is not here")
		}
		r.k = c.Shared
		return maskNonce(h.Encryption, c.Shared, h.Payload.Nonce, r.rc)
	}
	pub, ok := h.Key.Public()
	if !ok || pub.N.BitLen() < minServerBits {
		return nil, malformed("a ServerHello without RSA key of 2048 bits or more")
	}
	if c.CheckServer != nil {
		var cert *x509.Certificate
		if h.Key.Certificate != nil {
			cert, _ = x509.ParseCertificate(h.Key.Certificate)
		}
		if err := c.CheckServer(pub, cert); err != nil {
			return nil, err
		}
	}
	var err error
	if r.k, err = PublicKeyOctets(pub); err != nil {
		return nil, err
	}
	return encryptNonce(c.Rand, h.Encryption, pub, r.rc)
}

// finishFourPass computes the key and verifies the server's confirmation of it
// (section 4.2.5).
func (r *Run) finishFourPass(f *ServerFinished) (*Key, error) {
	h := r.choice
	if f.Session != "" && f.Session != h.Session || f.MAC.Algorithm != "" && f.MAC.Algorithm != h.MACAlgorithm {
		return nil, malformed("a ServerFinished of another run")
	}
	if f.Package.Container == nil || f.Package.Method != "" {
		return nil, malformed("a key package that is not of the four-pass variant")
	}
	p, err := (&keys{tolerant: r.c.Tolerant, rand: r.c.Rand}).open("", f.Package.Container)
	if err != nil {
		return nil, err
	}
	if !fits(&p.Key, h.KeyType) {
		return nil, malformed("the key is not of the type that was agreed")
	}
	kprov, err := provisioningKey(h.MACAlgorithm, r.rc, r.k, h.Payload.Nonce, 2*halfLen(&p.Key, h.MACAlgorithm))
	if err != nil {
		return nil, err
	}
	kmac, ktoken := split(kprov)
	want, err := confirmationMAC(h.MACAlgorithm, kmac, "", r.hello, r.serverHello, r.nonce)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(want, f.MAC.Value) {
		return nil, ErrMAC
	}
	p.Key.Secret = tokenKey(&p.Key, ktoken)
	return r.key(p, f, FourPass, h.MACAlgorithm)
}

// key is the result of a run whose MACs have verified.
func (r *Run) key(p *keyPackage, f *ServerFinished, v Variant, mac string) (*Key, error) {
	if f.Package.ServerID == "" && !r.c.Tolerant {
		return nil, malformed("a key package without ServerID")
	}
	if p.Key.Secret.Len() < prfKey {
		return nil, errors.New("dskpp: the key is shorter than 16 octets")
	}
	k := &Key{KeyPackage: *p, ServerID: f.Package.ServerID, Variant: v, MAC: mac}
	if r.c.Old != nil {
		k.Replaces = r.c.Old.KeyID
	}
	return k, nil
}
