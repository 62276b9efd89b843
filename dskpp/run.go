package dskpp

import (
	"crypto/rsa"
	"errors"
	"io"
)

// State is where a run of a client stands.
type State int

// The states of a run. Failed and Finished are final.
const (
	Began    State = iota + 1 // the hello is sent or to be sent
	Answered                  // the nonce is sent or to be sent
	Finished                  // the key is there
	Failed                    // nothing is left
)

// Run is one run of a client. Nothing outside it changes before Answer has returned
// a key, and it does so only when all MACs of the server have verified.
type Run struct {
	c       *Client
	state   State
	request []byte

	hello       []byte // as sent
	serverHello []byte // as received
	nonce       []byte // as sent
	rc          []byte
	k           []byte // K as octets
	choice      *ServerHello
}

// Start begins a run. The first message to be sent is Request.
func (c *Client) Start() (*Run, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	r := &Run{c: c, state: Began}
	h := &ClientHello{Version: spoken(), Device: c.Device, KeyTypes: c.keyTypes(), Encryption: c.encryption(), MACs: c.macs(), Packages: []string{FormatPSKC}, Variants: &Variants{FourPass: c.FourPass}}
	if len(c.Info) > 0 {
		h.Extensions = []Extension{ClientInfo(c.Info)}
	}
	if c.Old != nil {
		h.KeyID = c.Old.KeyID
	}
	if c.Old != nil || c.Method != "" {
		rc, err := c.random(nonceLen(h.MACs[0]))
		if err != nil {
			return nil, err
		}
		h.Nonce = rc
	}
	if c.Method != "" {
		if err := r.prove(h); err != nil {
			return nil, err
		}
	}
	r.hello = h.Format()
	r.request = r.hello
	return r, nil
}

// Request is the message to send, or to send again if no answer came.
func (r *Run) Request() []byte { return r.request }

// State returns where the run stands.
func (r *Run) State() State { return r.state }

// Answer takes the server's answer to the request. It returns the key when the run
// is finished, and nil when another Request is to be sent. After an error the run
// is void and its secrets are gone; a [*StatusError] holds the server's status.
func (r *Run) Answer(raw []byte) (*Key, error) {
	key, err := r.answer(raw)
	if err != nil || key != nil {
		r.state = Failed
		if key != nil {
			r.state = Finished
		}
		clear(r.rc)
		r.k, r.request = nil, nil
	}
	return key, err
}

func (r *Run) answer(raw []byte) (*Key, error) {
	if r.state != Began && r.state != Answered {
		return nil, errors.New("dskpp: the run is over")
	}
	m, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *ServerHello:
		if m.Status.Failed() {
			return nil, fail(m.Status, "the server ended the run")
		}
		if r.state != Began || m.Status != Continue || !r.c.FourPass || m.Key == nil {
			return nil, malformed("a ServerHello that does not belong here")
		}
		return nil, r.next(m, raw)
	case *ServerFinished:
		if m.Status.Failed() {
			return nil, fail(m.Status, "the server ended the run")
		}
		if m.Status != Success || m.Package == nil {
			return nil, malformed("a ServerFinished that does not belong here")
		}
		if err := understood(m.Extensions); err != nil {
			return nil, err
		}
		if r.state == Answered {
			return r.finishFourPass(m)
		}
		return r.finishTwoPass(m)
	}
	return nil, malformed("a message of clients came from the server")
}

func (c *Client) random(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(c.Rand, b)
	return b, err
}

// publicKey is that of the client, for key transport.
func (c *Client) publicKey() (*rsa.PublicKey, error) {
	pub, ok := c.Private.Public().(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("dskpp: the client's key is not an RSA key")
	}
	return pub, nil
}
