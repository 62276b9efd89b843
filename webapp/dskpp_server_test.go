//go:build browser

package webapp_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// desk issues codes and keys for scenes. Each scene has a ClientID of its own.
type desk struct {
	mu         sync.Mutex
	server     *dskpp.Server
	issued     map[string]*issue // by ClientID
	sessions   map[string]*dskpp.Session
	byHello    map[[32]byte]string
	keys       map[string]dskpp.Pending // by key id
	sharedName string
	shared     []byte
}

// issue is what is known about a ClientID.
type issue struct {
	activation dskpp.Activation
	key        pskc.Key // without id and secret
	old        pskc.Secret
	failures   int // of NewKey, before it works
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{
		issued: map[string]*issue{}, sessions: map[string]*dskpp.Session{}, byHello: map[[32]byte]string{}, keys: map[string]dskpp.Pending{},
		sharedName: "Pre-shared-key-1", shared: []byte("0123456789abcdef"),
	}
	d.server = &dskpp.Server{
		ID: "https://bank.example", Desk: d, Policy: dskpp.DefaultPolicy(), Keys: []dskpp.ServerKey{{Key: key}},
		Secret: make([]byte, 32), Rand: rand.Reader, Info: []byte("server's own"),
	}
	return d
}

func (d *desk) Activation(_ context.Context, clientID string) (dskpp.Activation, bool, error) {
	i, ok := d.issued[clientID]
	if !ok {
		return dskpp.Activation{}, false, nil
	}
	return i.activation, true, nil
}

func (d *desk) SharedKey(context.Context, dskpp.KeyQuery) (dskpp.SharedKey, bool, error) {
	return dskpp.SharedKey{Name: d.sharedName, Key: d.shared}, true, nil
}

func (d *desk) PublicKey(context.Context, string) (*rsa.PublicKey, bool, error) {
	return nil, false, nil
}

// OldKey is that of the scene whose ClientID follows the letter in its name.
func (d *desk) OldKey(_ context.Context, id []byte) (dskpp.OldKey, bool, error) {
	i, ok := d.issued[string(id[1:])]
	if !ok || i.old.Len() == 0 {
		return dskpp.OldKey{}, false, nil
	}
	return dskpp.OldKey{Owner: i.activation.Owner, Token: i.old}, true, nil
}

func (d *desk) NewKey(_ context.Context, g dskpp.Grant) (pskc.KeyPackage, error) {
	i := d.issued[g.ClientID]
	if i.failures > 0 {
		i.failures--
		return pskc.KeyPackage{}, &dskpp.StatusError{Status: dskpp.InitializationFailed, Reason: "once"}
	}
	k := i.key
	k.ID, k.Algorithm = "K"+g.ClientID, g.KeyType
	return pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.CS", SerialNo: k.ID}, Key: k}, nil
}

// ServeHTTP is the binding of section 7.2.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	request, notOurs := dskpp.ReadRequest(body)
	if err != nil || notOurs != nil || r.Header.Get("Content-Type") != dskpp.MediaType {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	id := request.SessionID()
	if id == "" {
		id = d.byHello[request.Digest()]
	}
	reply, err := d.server.Answer(r.Context(), request, d.sessions[id])
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	d.keep(request, reply)
	w.Header().Set("Content-Type", dskpp.MediaType)
	w.Header().Set("Cache-Control", "no-cache, no-must-revalidate, private")
	_, _ = w.Write(reply.Message)
}

func (d *desk) keep(request *dskpp.Request, reply *dskpp.Reply) {
	delete(d.sessions, reply.Ended)
	if s := reply.Session; s != nil {
		d.sessions[s.ID] = s
		if request.SessionID() == "" {
			d.byHello[request.Digest()] = s.ID
		}
	}
	if p := reply.Pending; p != nil {
		d.keys[p.Key.Key.ID] = *p
		d.issued[p.ClientID].activation.State = dskpp.Used
	}
}

// check says whether a code is that of a new key.
func (d *desk) check(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.keys[r.URL.Query().Get("key")]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	want, err := codeOf(&p.Key.Key)
	if err != nil || r.URL.Query().Get("code") != want {
		_, _ = io.WriteString(w, "another")
		return
	}
	_, _ = io.WriteString(w, "the same")
}

// codeOf is the code that token/test/interop.ts computes.
func codeOf(k *pskc.Key) (string, error) {
	hash := oath.SHA1
	if k.Hash != "" {
		h, err := oath.ParseHash(string(k.Hash))
		if err != nil {
			return "", err
		}
		hash = h
	}
	switch k.Algorithm {
	case pskc.AlgorithmHOTP:
		h, err := oath.NewHOTP(k.Secret.Bytes(), oath.HOTPOptions{Hash: hash, Digits: k.Response.Length})
		if err != nil {
			return "", err
		}
		return h.Code(uint64(k.Counter.Value)), nil
	case pskc.AlgorithmTOTP:
		h, err := oath.NewTOTP(k.Secret.Bytes(), oath.TOTPOptions{Hash: hash, Digits: k.Response.Length, Step: time.Duration(k.Interval.Or(30)) * time.Second})
		if err != nil {
			return "", err
		}
		return h.Code(time.Unix(1_700_000_000, 0))
	}
	suite, err := oath.ParseSuite(k.Suite)
	if err != nil {
		return "", err
	}
	o, err := oath.NewOCRA(suite, k.Secret.Bytes())
	if err != nil {
		return "", err
	}
	return o.Code(oath.Input{Question: "Q1234567", Counter: uint64(k.Counter.Value)})
}

// issue makes a scene and what the server knows about it.
func (d *desk) issue(t *testing.T, s scene, key pskc.Key, change func(*issue)) scene {
	t.Helper()
	clientID := "AC" + strconv.Itoa(1000+len(d.issued))
	code, err := dskpp.NewCode(rand.Reader, clientID, 10)
	if err != nil {
		t.Fatal(err)
	}
	s.Code, s.SharedName, s.Shared = code.Human(), d.sharedName, hexOf(d.shared)
	i := &issue{key: key, activation: dskpp.Activation{State: dskpp.Usable, Password: code.Password, Owner: "anna " + clientID}}
	if s.Method == "passphrase" {
		s.Passphrase = "river-copper-anthem-" + clientID + "\u00a0willow"
		i.activation.Passphrase = "river-copper-anthem-" + clientID + " willow"
	}
	if s.OldID != "" {
		s.OldID = "O" + clientID
		i.old = pskc.NewSecret([]byte("the old key of " + clientID))
		s.OldToken = hexOf(i.old.Bytes())
	}
	if change != nil {
		change(i)
	}
	d.issued[clientID] = i
	return s
}
