package dskpp

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign-auth/countersign/pskc"
)

// hello answers a ClientHello: with a ServerHello in four passes, with the end of
// the run in two.
func (s *Server) hello(ctx context.Context, r *Request) (*Reply, error) {
	c, err := s.negotiate(ctx, r.Hello)
	if err != nil {
		return nil, err
	}
	if c.variant == TwoPass {
		return s.twoPass(ctx, r, &c)
	}
	return s.serverHello(ctx, r, &c)
}

// serverHello is pass 2 of four (RFC 6063, section 4.2.3).
func (s *Server) serverHello(ctx context.Context, r *Request, c *choice) (*Reply, error) {
	id, err := s.sessionID()
	if err != nil {
		return nil, err
	}
	rs, err := s.random(nonceLen(c.mac))
	if err != nil {
		return nil, err
	}
	key := &KeyInfo{}
	if c.shared != nil {
		key.Name = c.shared.Name
	} else if key, err = s.Keys[0].info(); err != nil {
		return nil, err
	}
	h := &ServerHello{
		Version: spoken(), Session: id, Status: Continue,
		KeyType: c.keyType, Encryption: c.encryption, MACAlgorithm: c.mac, Key: key, Package: c.format,
		Payload: &Payload{Nonce: rs}, Extensions: pick(r.Hello.Extensions, clientInfo),
	}
	if len(s.Info) > 0 {
		h.Extensions = append(h.Extensions, ServerInfo(s.Info))
	}
	if r.Hello.KeyID != nil {
		_, token, _, err := s.old(ctx, r.Hello)
		if err != nil {
			return nil, err
		}
		mac, err := helloMAC(c.mac, token, r.Hello.Nonce, rs)
		if err != nil {
			return nil, err
		}
		h.MAC = &MAC{c.mac, mac}
	}
	raw := h.Format()
	return &Reply{Message: raw, Status: Continue, Session: &Session{ID: id, Hello: r.Raw, ServerHello: raw}}, nil
}

// run is a four-pass run as its session tells it.
type run struct {
	hello  *ClientHello
	server *ServerHello
	shared *SharedKey
	k      []byte // K as octets
	rc     []byte
}

func resume(open *Session) (*run, error) {
	a, err1 := Parse(open.Hello)
	b, err2 := Parse(open.ServerHello)
	h, ok1 := a.(*ClientHello)
	sh, ok2 := b.(*ServerHello)
	if err1 != nil || err2 != nil || !ok1 || !ok2 || sh.Payload == nil || sh.Key == nil || sh.Session != open.ID {
		return nil, errors.New("dskpp: a stored session is damaged")
	}
	return &run{hello: h, server: sh}, nil
}

// nonce is pass 4 of four (section 4.2.4).
func (s *Server) nonce(ctx context.Context, r *Request, open *Session) (*Reply, error) {
	u, err := resume(open)
	if err != nil {
		return nil, err
	}
	if err := u.accepts(r.Nonce); err != nil {
		return nil, err
	}
	if err := s.decrypt(ctx, u, r.Nonce.EncryptedNonce); err != nil {
		return nil, err
	}
	g, err := s.authenticate(ctx, u, r.Nonce.Authentication)
	if err != nil {
		return nil, err
	}
	return s.agree(ctx, r, open, u, g)
}

// accepts checks what needs no key: extensions, and the presence of the proof.
func (u *run) accepts(n *ClientNonce) error {
	if err := understood(n.Extensions); err != nil {
		return err
	}
	sent, back := pick(u.server.Extensions, serverInfo), pick(n.Extensions, serverInfo)
	same := func(a, b Extension) bool { return string(a.Data) == string(b.Data) }
	a := n.Authentication
	switch {
	case !slices.EqualFunc(sent, back, same):
		return malformed("the ServerInfo did not come back as it was")
	case a == nil:
		return fail(AuthenticationDataMissing, "a ClientNonce without AuthenticationData")
	case a.CodeMAC != nil && a.CodeMAC.Nonce != nil && string(a.CodeMAC.Nonce) != string(u.server.Payload.Nonce):
		return malformed("a nonce in the AuthenticationData: R_C travels encrypted only") // IP-28
	}
	return nil
}

// decrypt finds K and R_C.
func (s *Server) decrypt(ctx context.Context, u *run, in []byte) error {
	alg, rs := u.server.Encryption, u.server.Payload.Nonce
	if alg == PRFAES || alg == PRFSHA256 {
		shared, ok, err := s.Desk.SharedKey(ctx, KeyQuery{Name: u.server.Key.Name, Device: u.hello.Device, KeyID: u.hello.KeyID})
		if err != nil {
			return err
		}
		if !ok || len(shared.Key) < prfKey {
			return fail(Abort, "the shared key of the session is gone")
		}
		if len(in) < minNonce || len(in) > maxNonce {
			return malformed("an EncryptedNonce of %d octets", len(in))
		}
		u.shared, u.k = &shared, shared.Key
		u.rc, err = maskNonce(alg, shared.Key, rs, in)
		return err
	}
	own, pub, ok := s.serverKey(u.server.Key)
	if !ok {
		return fail(Abort, "the server key of the session is gone")
	}
	var err error
	u.k, err = PublicKeyOctets(pub)
	u.rc = decryptNonce(s.Rand, s.Secret, alg, own.Key, u.server.MACAlgorithm, in)
	return err
}

// authenticate verifies the user and what they ask for.
func (s *Server) authenticate(ctx context.Context, u *run, data *AuthenticationData) (*Grant, error) {
	prf, err := s.macOf(data.CodeMAC, u.server.MACAlgorithm, []string{u.server.MACAlgorithm})
	if err != nil {
		return nil, err
	}
	a, known, err := s.activation(ctx, data.ClientID)
	if err != nil {
		return nil, err
	}
	if err := s.verify(&a, known, claim{data: data, prf: prf, rc: u.rc, rs: u.server.Payload.Nonce, k: u.k}); err != nil {
		return nil, err
	}
	g := &Grant{ClientID: data.ClientID, Activation: a, Variant: FourPass, KeyType: u.server.KeyType, MAC: prf}
	k, _, exists, err := s.old(ctx, u.hello)
	if err != nil {
		return nil, err
	}
	return g, s.permit(g, u.hello, u.shared, k, exists)
}

// permit decides about device and old key, once the user is known.
func (s *Server) permit(g *Grant, h *ClientHello, shared *SharedKey, k OldKey, exists bool) (err error) {
	if g.Device, err = s.device(h, &g.Activation, shared); err != nil {
		return err
	}
	g.Replaces = h.KeyID
	return mayReplace(h, &g.Activation, k, exists)
}

// agree computes the key and says so (section 4.2.5).
func (s *Server) agree(ctx context.Context, r *Request, open *Session, u *run, g *Grant) (*Reply, error) {
	key, err := s.newKey(ctx, g)
	if err != nil {
		return nil, err
	}
	if key.Key.Secret.Len() > 0 {
		return nil, errors.New("dskpp: a key with a secret cannot be provisioned in four passes")
	}
	kprov, err := provisioningKey(g.MAC, u.rc, u.k, u.server.Payload.Nonce, 2*halfLen(&key.Key, g.MAC))
	if err != nil {
		return nil, err
	}
	kmac, ktoken := split(kprov)
	container, err := (&protection{}).seal(s.Rand, key)
	if err != nil {
		return nil, err
	}
	mac, err := confirmationMAC(g.MAC, kmac, "", open.Hello, open.ServerHello, r.Raw)
	if err != nil {
		return nil, err
	}
	key.Key.Secret = tokenKey(&key.Key, ktoken)
	f := &ServerFinished{
		Version: spoken(), Session: open.ID, Status: Success,
		Package: &Package{ServerID: s.ID, Container: container}, Extensions: pick(r.Nonce.Extensions, clientInfo), MAC: MAC{g.MAC, mac},
	}
	done := *open
	done.Nonce, done.Finished = r.Raw, f.Format()
	return &Reply{Message: done.Finished, Status: Success, Session: &done, Pending: &Pending{Grant: *g, Key: *key, ServerID: s.ID}}, nil
}

// newKey asks what the key is to be, and reads it as the client will: what is
// implied (the hash of a suite) is explicit afterwards.
func (s *Server) newKey(ctx context.Context, g *Grant) (*pskc.KeyPackage, error) {
	asked, err := s.Desk.NewKey(ctx, *g)
	if err != nil {
		return nil, err
	}
	secret := asked.Key.Secret
	asked.Key.Secret = pskc.Secret{}
	e, err := (&protection{}).seal(s.Rand, &asked)
	if err != nil {
		return nil, err
	}
	key, err := (&keys{}).open("", e)
	if err != nil {
		return nil, err
	}
	if !fits(&key.Key, g.KeyType) {
		return nil, fail(InitializationFailed, "the new key is of type %s, %s was agreed", clip(key.Key.Algorithm), clip(g.KeyType))
	}
	key.Row, key.Line, key.Offset, key.Warnings = 0, 0, 0, nil
	key.Key.Secret = secret
	return key, nil
}
