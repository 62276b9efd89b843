package dskpp

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"

	"github.com/countersign-auth/countersign/pskc"
)

// twoPass answers the hello of a two-pass run (RFC 6063, section 5.2.3).
func (s *Server) twoPass(ctx context.Context, r *Request, c *choice) (*Reply, error) {
	h := r.Hello
	a, known, err := s.activation(ctx, h.Authentication.ClientID)
	if err != nil {
		return nil, err
	}
	proof, shared, err := s.claim(ctx, h, &a)
	if err != nil {
		return nil, err
	}
	if err := s.verify(&a, known, proof); err != nil {
		return nil, err
	}
	g := &Grant{ClientID: h.Authentication.ClientID, Activation: a, Variant: TwoPass, Method: c.method.URI, KeyType: c.keyType, MAC: c.mac}
	old, token, exists, err := s.old(ctx, h)
	if err != nil {
		return nil, err
	}
	if err := s.permit(g, h, shared, old, exists); err != nil {
		return nil, err
	}
	p, err := s.protection(ctx, c, &a)
	if err != nil {
		return nil, err
	}
	return s.deliver(ctx, r, g, p, proof.rc, token)
}

// claim gathers what the user's MAC was made of. K is that of the first method of
// the client's list, whichever is chosen afterwards (IP-30).
func (s *Server) claim(ctx context.Context, h *ClientHello, a *Activation) (c claim, shared *SharedKey, err error) {
	c.data = h.Authentication
	if c.rc, err = clientNonce(h); err != nil {
		return c, nil, err
	}
	if c.prf, err = s.macOf(c.data.CodeMAC, h.MACs[0], h.MACs); err != nil {
		return c, nil, err
	}
	m := h.Variants.TwoPass[0]
	if m.Payload == nil || m.Payload.Key == nil {
		return c, nil, malformed("the first key protection method names no key")
	}
	switch m.URI {
	case Transport:
		err = s.publicK(ctx, &c, m.Payload.Key)
	case Wrap:
		shared, err = s.sharedK(ctx, &c, m.Payload.Key.Name)
	case PassphraseWrap:
		if m.Payload.Key.Name != c.data.ClientID { // IP-18
			return c, nil, malformed("the KeyName of a passphrase is not the ClientID")
		}
		c.once, c.hollow = true, a.Passphrase == ""
		passphrase := a.Passphrase
		if c.hollow { // the same work
			passphrase = hex.EncodeToString(s.pretend("passphrase", c.data.ClientID, 16))
		}
		c.k, err = PassphraseKey(passphrase, c.data.ClientID, s.URL)
	default:
		err = fail(NoProtocolVariants, "the key protection method %s, which comes first", clip(m.URI))
	}
	return c, shared, err
}

func (s *Server) publicK(ctx context.Context, c *claim, info *KeyInfo) error {
	key, ok := info.Public()
	if !ok && info.Name != "" {
		var err error
		if key, ok, err = s.Desk.PublicKey(ctx, info.Name); err != nil {
			return err
		}
	}
	if !ok {
		c.k, c.hollow = s.pretend("public key", info.Name, 32), true
		return nil
	}
	var err error
	c.k, err = PublicKeyOctets(key)
	return err
}

func (s *Server) sharedK(ctx context.Context, c *claim, name string) (*SharedKey, error) {
	c.once = true
	k, ok, err := s.Desk.SharedKey(ctx, KeyQuery{Name: name})
	if err != nil {
		return nil, err
	}
	if !ok || name == "" {
		c.k, c.hollow = s.pretend("shared key", name, 16), true
		return nil, nil //nolint:nilnil // there is none
	}
	c.k = k.Key
	return &k, nil
}

// protection finds the key under which K_PROV goes out.
func (s *Server) protection(ctx context.Context, c *choice, a *Activation) (*protection, error) {
	info := c.method.Payload.Key
	p := &protection{method: c.method.URI, encryption: c.encryption, name: info.Name}
	switch p.method {
	case Transport:
		return p, s.transport(ctx, p, info)
	case Wrap:
		k, ok, err := s.Desk.SharedKey(ctx, KeyQuery{Name: info.Name})
		if err != nil {
			return nil, err
		}
		if !ok || len(k.Key) != 16 {
			return nil, fail(InitializationFailed, "no wrapping key of 16 octets by that name")
		}
		p.wrapping = k.Key
	case PassphraseWrap:
		if a.Passphrase == "" {
			return nil, fail(InitializationFailed, "no passphrase was issued")
		}
		p.passphrase, p.iterations = a.Passphrase, max(s.Policy.PassphraseIterations, MinIterations)
	}
	return p, nil
}

func (s *Server) transport(ctx context.Context, p *protection, info *KeyInfo) (err error) {
	key, ok := info.Public()
	switch {
	case info.Certificate != nil && info.Key == nil:
		if p.cert, err = x509.ParseCertificate(info.Certificate); err != nil {
			return fail(InitializationFailed, "the certificate of the client cannot be read")
		}
		if verify := s.Policy.VerifyCertificate; verify != nil {
			if err := verify(p.cert); err != nil {
				return fail(InitializationFailed, "the certificate of the client is not accepted: %s", err)
			}
		}
	case info.Key != nil:
		p.name = ""
	case info.Name != "":
		if key, ok, err = s.Desk.PublicKey(ctx, info.Name); err != nil {
			return err
		}
	}
	if !ok || key.N.BitLen() < s.Policy.MinRSABits || key.N.Bit(0) == 0 || key.E&1 == 0 {
		return fail(InitializationFailed, "no RSA key of %d bits or more", s.Policy.MinRSABits)
	}
	p.public = key
	return nil
}

// deliver makes K_PROV and the two MACs.
func (s *Server) deliver(ctx context.Context, r *Request, g *Grant, p *protection, rc, old []byte) (*Reply, error) {
	key, err := s.newKey(ctx, g)
	if err != nil {
		return nil, err
	}
	kprov, err := s.masterKey(&key.Key, g.MAC)
	if err != nil {
		return nil, err
	}
	kmac, ktoken := split(kprov)
	sent := *key
	sent.Key.Secret = pskc.NewSecret(kprov)
	container, err := p.seal(s.Rand, &sent)
	if err != nil {
		return nil, err
	}
	id, err := s.sessionID()
	if err != nil {
		return nil, err
	}
	f := &ServerFinished{
		Version: spoken(), Session: id, Status: Success,
		Package: &Package{ServerID: s.ID, Method: g.Method, Container: container}, Extensions: pick(r.Hello.Extensions, clientInfo),
	}
	if f.MAC.Value, err = confirmationMAC(g.MAC, kmac, s.ID, r.Raw); err != nil {
		return nil, err
	}
	f.MAC.Algorithm = g.MAC
	if g.Replaces != nil {
		mac2, err := replacementMAC(g.MAC, old, s.ID, rc)
		if err != nil {
			return nil, err
		}
		f.Authentication = &AuthenticationMAC{MAC: MAC{g.MAC, mac2}}
	}
	key.Key.Secret = tokenKey(&key.Key, ktoken)
	done := &Session{ID: id, Hello: r.Raw, Finished: f.Format()}
	return &Reply{Message: done.Finished, Status: Success, Session: done, Pending: &Pending{Grant: *g, Key: *key, ServerID: s.ID}}, nil
}

// masterKey draws K_PROV (section 5.2.2). An existing key becomes its K_TOKEN.
func (s *Server) masterKey(k *pskc.Key, prf string) ([]byte, error) {
	half := halfLen(k, prf)
	kprov, err := s.random(2 * half)
	if err != nil {
		return nil, err
	}
	if n := k.Secret.Len(); n > 0 && n != tokenLen(k) {
		return nil, errors.New("dskpp: an existing key can be moved only if it is as long as the output of its hash function")
	}
	copy(kprov[half:], k.Secret.Bytes())
	return kprov, nil
}
