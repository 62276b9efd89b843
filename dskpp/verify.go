package dskpp

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"strings"
)

// claim is a user's proof with all that it was made of.
type claim struct {
	data   *AuthenticationData
	prf    string
	rc, rs []byte
	k      []byte
	once   bool // K is a shared secret: exactly one iteration (D-19)
	hollow bool // something that it needs does not exist
}

// activation finds the activation of a client. One that does not exist gets a
// password that nobody knows, so that the work is the same.
func (s *Server) activation(ctx context.Context, clientID string) (Activation, bool, error) {
	a, ok, err := s.Desk.Activation(ctx, clientID)
	if err != nil {
		return a, false, err
	}
	if !ok {
		a = Activation{Password: strings.ToUpper(hex.EncodeToString(s.pretend("password", clientID, 10)))}
	}
	return a, ok, nil
}

// verify checks the MAC of a user, and only then the state of the activation
// (IP-23). All that is wrong with the proof is one status.
func (s *Server) verify(a *Activation, known bool, c claim) error {
	if c.data.CodeMAC == nil {
		return fail(AuthenticationDataInvalid, "authentication data of another namespace are not supported")
	}
	n, err := s.iterations(c.data.CodeMAC.Iterations, c.once)
	if err != nil {
		return err
	}
	want, err := authenticationMAC(c.prf, a.Password, c.data.ClientID, s.URL, c.rc, c.rs, c.k, n)
	if err != nil {
		return err
	}
	right := hmac.Equal(want, c.data.CodeMAC.MAC.Value)
	switch {
	case !right || !known || c.hollow || c.data.ClientID == "":
		return fail(AuthenticationDataInvalid, "the MAC of the activation code does not verify")
	case a.State == Expired:
		return fail(ProvisioningPeriodExpired, "the activation code has expired")
	case a.State != Usable:
		return fail(AuthenticationDataInvalid, "the activation code is used or locked")
	}
	return nil
}

// iterations checks the count of a client; 0 is one that was left out and stands for
// the least (IP-29).
func (s *Server) iterations(n int, once bool) (int, error) {
	least, most := MinIterations, max(s.Policy.MaxIterations, MinIterations)
	if once {
		least, most = oneIteration, oneIteration
	}
	switch {
	case n == 0:
		return least, nil
	case n < least || n > most:
		return 0, fail(AuthenticationDataInvalid, "%d iterations; they must be %d to %d", n, least, most)
	}
	return n, nil
}

// macOf is the MAC algorithm of a proof: the one that it names, which must be
// permitted, or else the given one.
func (s *Server) macOf(m *AuthenticationMAC, otherwise string, among []string) (string, error) {
	if m == nil || m.MAC.Algorithm == "" {
		if !permits(s.Policy.MACs, otherwise) {
			return "", fail(AuthenticationDataInvalid, "the MAC algorithm of the activation code")
		}
		return otherwise, nil
	}
	if !permits(among, m.MAC.Algorithm) || !permits(s.Policy.MACs, m.MAC.Algorithm) {
		return "", fail(AuthenticationDataInvalid, "the MAC algorithm of the activation code")
	}
	return m.MAC.Algorithm, nil
}

// device decides about the DeviceID of a hello: it is accepted only if the server
// named it in its trigger, or if the run uses a key that this device alone has
// (RFC 6063, section 4.2.2).
func (s *Server) device(h *ClientHello, a *Activation, shared *SharedKey) (*DeviceIdentifier, error) {
	switch {
	case a.Device != nil && !a.Device.Same(h.Device):
		return nil, fail(AccessDenied, "the device is not the one of the trigger")
	case h.Device == nil, a.Device != nil, shared != nil && shared.Device.Same(h.Device):
		return h.Device, nil
	case s.Policy.IgnoreDevice:
		return nil, nil //nolint:nilnil // there is no device then
	}
	return nil, fail(AccessDenied, "a device that the server did not name")
}

// old finds the key that a hello wants to replace; one that does not exist gets a
// value that nobody knows, so that its MAC tells nothing.
func (s *Server) old(ctx context.Context, h *ClientHello) (k OldKey, token []byte, ok bool, err error) {
	if h.KeyID == nil {
		return k, nil, true, nil
	}
	if k, ok, err = s.Desk.OldKey(ctx, h.KeyID); err != nil {
		return k, nil, false, err
	}
	token = k.Token.Bytes()
	if !ok || len(token) < prfKey {
		return k, s.pretend("old key", string(h.KeyID), 32), false, nil
	}
	return k, token, true, nil
}

// mayReplace tells an authenticated user that a key is not theirs; whether it exists
// stays hidden (D-30).
func mayReplace(h *ClientHello, a *Activation, k OldKey, exists bool) error {
	if a.KeyID != nil && string(a.KeyID) != string(h.KeyID) {
		return fail(AccessDenied, "the key is not the one of the trigger")
	}
	if h.KeyID != nil && (!exists || k.Owner != a.Owner) {
		return fail(AccessDenied, "no such key of this user")
	}
	return nil
}
