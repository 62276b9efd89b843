package dskpp

import (
	"context"
	"slices"
)

// choice is what the two sides agreed upon.
type choice struct {
	variant    Variant
	keyType    string
	mac        string
	format     string
	encryption string
	shared     *SharedKey // four-pass with exclusive or
	method     Method     // two-pass
}

func wantsFourPass(h *ClientHello) bool { return h.Variants == nil || h.Variants.FourPass }
func wantsTwoPass(h *ClientHello) bool  { return h.Variants != nil && h.Variants.TwoPass != nil }

// negotiate picks from the client's lists (RFC 6063, sections 4.2.2 and 5.2.2).
func (s *Server) negotiate(ctx context.Context, h *ClientHello) (c choice, err error) {
	if h.Version.Compare(s.Policy.MinVersion) < 0 {
		return c, fail(UnsupportedVersion, "version %s is below the policy's", h.Version)
	}
	if err := understood(h.Extensions); err != nil {
		return c, err
	}
	if len(pick(h.Extensions, serverInfo)) > 0 {
		return c, malformed("a ServerInfo in a ClientHello")
	}
	if c.variant, err = s.variant(h); err != nil {
		return c, err
	}
	var ok bool
	if c.keyType, ok = first(h.KeyTypes, s.Policy.KeyTypes); !ok {
		return c, fail(NoSupportedKeyTypes, "none of %d key types", len(h.KeyTypes))
	}
	if c.mac, ok = first(h.MACs, s.Policy.MACs); !ok {
		return c, fail(NoSupportedMacAlgorithms, "none of %d MAC algorithms", len(h.MACs))
	}
	formats := h.Packages
	if formats == nil {
		formats = []string{FormatPSKC}
	}
	if c.format, ok = first(formats, s.Policy.Packages); !ok {
		return c, fail(NoSupportedKeyPackages, "none of %d key package formats", len(formats))
	}
	if c.variant == FourPass {
		return c, s.nonceEncryption(ctx, h, &c)
	}
	return c, s.keyEncryption(h, &c)
}

// variant takes the first of the policy's that the client can run now.
func (s *Server) variant(h *ClientHello) (Variant, error) {
	four := wantsFourPass(h) && slices.Contains(s.Policy.Variants, FourPass)
	two := wantsTwoPass(h) && slices.Contains(s.Policy.Variants, TwoPass)
	var why error
	if two {
		if why = s.completeTwoPass(h); why != nil {
			two = false
		}
	}
	switch {
	case four && two:
		return s.Policy.Variants[0], nil
	case four:
		return FourPass, nil
	case two:
		return TwoPass, nil
	case why != nil:
		return "", why
	}
	return "", fail(NoProtocolVariants, "the policy has %v", s.Policy.Variants)
}

// completeTwoPass tells whether a hello has what the two-pass variant needs: a key
// protection method, the user's proof and R_C (section 5.2.2).
func (s *Server) completeTwoPass(h *ClientHello) error {
	known := func(m Method) bool { return permits(s.Policy.Methods, m.URI) }
	switch {
	case !slices.ContainsFunc(h.Variants.TwoPass, known):
		return fail(NoProtocolVariants, "none of %d key protection methods", len(h.Variants.TwoPass))
	case h.Authentication == nil:
		return fail(AuthenticationDataMissing, "a two-pass hello without AuthenticationData")
	}
	_, err := clientNonce(h)
	return err
}

// clientNonce is R_C of a two-pass hello: its ClientNonce, or the Nonce of its
// AuthenticationData, or both if they are the same (IP-27).
func clientNonce(h *ClientHello) ([]byte, error) {
	rc := h.Nonce
	if a := h.Authentication; a != nil && a.CodeMAC != nil && a.CodeMAC.Nonce != nil {
		if rc != nil && string(rc) != string(a.CodeMAC.Nonce) {
			return nil, malformed("two nonces that differ")
		}
		rc = a.CodeMAC.Nonce
	}
	if rc == nil && (h.Authentication == nil || h.Authentication.Foreign == nil) {
		return nil, malformed("a two-pass hello without nonce")
	}
	return rc, nil
}

// nonceEncryption takes the first algorithm of the client's for which there is a key.
func (s *Server) nonceEncryption(ctx context.Context, h *ClientHello, c *choice) error {
	for _, uri := range h.Encryption {
		if !permits(s.Policy.NonceEncryption, uri) {
			continue
		}
		c.encryption = canonicalAlgorithm(uri)
		if uri != PRFAES && uri != PRFSHA256 {
			if len(s.Keys) > 0 {
				return nil
			}
			continue
		}
		k, ok, err := s.Desk.SharedKey(ctx, KeyQuery{Device: h.Device, KeyID: h.KeyID})
		if err != nil {
			return err
		}
		if ok && len(k.Key) >= prfKey {
			c.shared = &k
			return nil
		}
	}
	return fail(NoSupportedEncryptionAlgorithms, "none of %d algorithms, or no key for it", len(h.Encryption))
}

// keyEncryption takes the first method of the client's list with the first algorithm
// that suits it.
func (s *Server) keyEncryption(h *ClientHello, c *choice) error {
	for _, m := range h.Variants.TwoPass {
		if !permits(s.Policy.Methods, m.URI) || m.Payload == nil || m.Payload.Key == nil {
			continue
		}
		for _, uri := range h.Encryption {
			if suits(m.URI, uri) && permits(s.Policy.KeyEncryption, uri) {
				c.method, c.encryption = m, canonicalAlgorithm(uri)
				return nil
			}
		}
	}
	return fail(NoSupportedEncryptionAlgorithms, "none of %d algorithms suits a key protection method", len(h.Encryption))
}
