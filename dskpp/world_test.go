package dskpp_test

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

// stream is a source of octets that are fixed by its seed.
type stream struct {
	seed string
	n    uint64
	left []byte
}

func (s *stream) Read(p []byte) (int, error) {
	for len(s.left) < len(p) {
		b := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(s.seed), s.n))
		s.n++
		s.left = append(s.left, b[:]...)
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

const url = "https://bank.example/dskpp"

var wrapKey = []byte("pre-shared key 1")

const passphrase = "river-copper-anthem-7391-willow"

func rsaKey(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func certificate(t testing.TB) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile("testdata/client.crt")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := pem.Decode(data)
	c, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// desk is a server's memory.
type desk struct {
	mu          sync.Mutex
	activations map[string]dskpp.Activation
	shared      map[string]dskpp.SharedKey
	public      map[string]*rsa.PublicKey
	old         map[string]dskpp.OldKey
	key         func(dskpp.Grant) (pskc.KeyPackage, error)
	broken      error
	asked       []string
}

func (d *desk) note(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, what)
	return d.broken
}

func (d *desk) Activation(_ context.Context, id string) (dskpp.Activation, bool, error) {
	a, ok := d.activations[id]
	return a, ok, d.note("activation")
}

func (d *desk) SharedKey(_ context.Context, q dskpp.KeyQuery) (dskpp.SharedKey, bool, error) {
	err := d.note("shared")
	if q.Name != "" {
		k, ok := d.shared[q.Name]
		return k, ok, err
	}
	for _, k := range d.shared {
		if k.Device.Same(q.Device) {
			return k, true, err
		}
	}
	return dskpp.SharedKey{}, false, err
}

func (d *desk) PublicKey(_ context.Context, name string) (*rsa.PublicKey, bool, error) {
	k, ok := d.public[name]
	return k, ok, d.note("public")
}

func (d *desk) OldKey(_ context.Context, id []byte) (dskpp.OldKey, bool, error) {
	k, ok := d.old[string(id)]
	return k, ok, d.note("old")
}

func (d *desk) NewKey(_ context.Context, g dskpp.Grant) (pskc.KeyPackage, error) {
	if err := d.note("new"); err != nil {
		return pskc.KeyPackage{}, err
	}
	return d.key(g)
}

// template is a key of each type.
func template(g dskpp.Grant) (pskc.KeyPackage, error) {
	p := pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.CS", SerialNo: "CS10000001"}, Key: pskc.Key{ID: "CS10000001", Algorithm: g.KeyType, Issuer: "Example Bank"}}
	k := &p.Key
	switch g.KeyType {
	case pskc.AlgorithmHOTP:
		k.Response, k.Counter = &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6}, pskc.Some(0)
	case pskc.AlgorithmTOTP:
		k.Response, k.Interval, k.Suite = &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 8}, pskc.Some(30), "HMAC-SHA512"
	case pskc.AlgorithmOCRA:
		k.Suite = "OCRA-1:HOTP-SHA256-8:C-QA32"
	}
	k.Policy.Usage = pskc.UseOTP
	return p, nil
}

var phone = dskpp.DeviceIdentifier{Device: &pskc.Device{Manufacturer: "oath.Phone", SerialNo: "354-1"}}

type world struct {
	desk     *desk
	server   *dskpp.Server
	code     dskpp.Code
	sessions map[string]*dskpp.Session
	pending  []*dskpp.Pending
	last     *dskpp.Reply
}

func newWorld(t testing.TB) *world {
	t.Helper()
	key := rsaKey(t, "server")
	code := dskpp.Code{ClientID: "AC00000A", Password: "3582AF0C3E9D41B7722C"}
	d := &desk{
		activations: map[string]dskpp.Activation{code.ClientID: {State: dskpp.Usable, Password: code.Password, Passphrase: passphrase, Owner: "anna"}},
		shared:      map[string]dskpp.SharedKey{"Pre-shared-key-1": {Name: "Pre-shared-key-1", Key: wrapKey, Device: &phone}},
		public:      map[string]*rsa.PublicKey{"device-1": &rsaKey(t, "client").PublicKey},
		old:         map[string]dskpp.OldKey{"OLD1": {Owner: "anna", Token: pskc.NewSecret([]byte("the old key of 20 oc"))}, "OLD2": {Owner: "bert", Token: pskc.NewSecret([]byte("bert's key of 20 oct"))}},
		key:         template,
	}
	return &world{desk: d, code: code, sessions: map[string]*dskpp.Session{}, server: &dskpp.Server{
		URL: url, ID: "https://bank.example", Desk: d, Policy: dskpp.DefaultPolicy(),
		Keys: []dskpp.ServerKey{{Key: key}}, Secret: []byte("0123456789abcdef0123456789abcdef"), Rand: &stream{seed: "server"},
	}}
}

// client is one that offers everything the world knows of it.
func (w *world) client(t testing.TB) *dskpp.Client {
	t.Helper()
	return &dskpp.Client{URL: url, Code: w.code, FourPass: true, Rand: &stream{seed: "client"}}
}

// post is the server's door: it keeps sessions as a server must.
func (w *world) post(t testing.TB, raw []byte) []byte {
	t.Helper()
	answer, err := w.try(raw)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func (w *world) try(raw []byte) ([]byte, error) {
	r, err := dskpp.ReadRequest(raw)
	if err != nil {
		return nil, err
	}
	id := r.SessionID()
	if id == "" {
		digest := r.Digest()
		id = string(digest[:])
	}
	reply, err := w.server.Answer(context.Background(), r, w.sessions[id])
	if err != nil {
		return nil, err
	}
	if reply.Ended != "" {
		delete(w.sessions, reply.Ended)
	}
	if s := reply.Session; s != nil {
		w.sessions[s.ID] = s
		if s.ServerHello == nil {
			digest := r.Digest()
			w.sessions[string(digest[:])] = s
		}
	}
	if reply.Pending != nil {
		w.pending = append(w.pending, reply.Pending)
	}
	w.last = reply
	return reply.Message, nil
}

// run lets a client finish.
func (w *world) run(t testing.TB, c *dskpp.Client) (*dskpp.Key, error) {
	t.Helper()
	r, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		key, err := r.Answer(w.post(t, r.Request()))
		if key != nil || err != nil {
			return key, err
		}
	}
	t.Fatal("the run does not end")
	return nil, io.EOF
}

// status is the status of a failed run.
func status(t testing.TB, err error) dskpp.Status {
	t.Helper()
	var s *dskpp.StatusError
	if !errors.As(err, &s) {
		t.Fatalf("not a status: %v", err)
	}
	return s.Status
}

// same checks that client and server have the same key, and the server no more.
func (w *world) same(t testing.TB, k *dskpp.Key) {
	t.Helper()
	if len(w.pending) != 1 {
		t.Fatalf("%d keys are pending", len(w.pending))
	}
	p := w.pending[0]
	if k.Key.Secret.Len() < 16 || !k.Key.Secret.Equal(p.Key.Key.Secret) {
		t.Fatalf("the keys differ: %d and %d octets", k.Key.Secret.Len(), p.Key.Key.Secret.Len())
	}
	if k.Key.ID != p.Key.Key.ID || k.Key.Suite != p.Key.Key.Suite || k.Key.Hash != p.Key.Key.Hash || k.Device != p.Key.Device || k.ServerID != w.server.ID {
		t.Fatalf("the packages differ: %+v, %+v", k.KeyPackage, p.Key)
	}
}
