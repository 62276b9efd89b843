package dskpp_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

// twice answers the first pass of a four-pass run.
func (w *world) twice(t testing.TB, c *dskpp.Client) *dskpp.Run {
	t.Helper()
	r := start(t, c)
	if k, err := r.Answer(w.post(t, r.Request())); k != nil || err != nil {
		t.Fatal(k, err)
	}
	return r
}

// D-42, D-51: what a ServerHello holds.
func TestD42_ServerHello(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[string]bool{}
	for range 3 {
		w.twice(t, w.client(t))
		m, err := dskpp.Parse(w.last.Message)
		if err != nil {
			t.Fatal(err)
		}
		h := m.(*dskpp.ServerHello)
		pub, ok := h.Key.Public()
		if h.Status != dskpp.Continue || h.Session == "" || !ok || !pub.Equal(w.server.Keys[0].Key.Public()) || len(h.Payload.Nonce) != 32 || h.MAC != nil {
			t.Errorf("%+v", h)
		}
		if seen[h.Session] || seen[string(h.Payload.Nonce)] {
			t.Error("a session or a nonce was used twice")
		}
		seen[h.Session], seen[string(h.Payload.Nonce)] = true, true
		w.sessions = map[string]*dskpp.Session{}
	}
	w.server.Keys = []dskpp.ServerKey{{Key: rsaKey(t, "client"), Certificate: certificate(t)}}
	c := w.client(t)
	c.CheckServer = func(key *rsa.PublicKey, cert *x509.Certificate) error {
		if cert == nil || !key.Equal(cert.PublicKey) {
			t.Error("the certificate did not arrive")
		}
		return errors.New("unknown issuer")
	}
	r := start(t, c)
	if _, err := r.Answer(w.post(t, r.Request())); err == nil || r.State() != dskpp.Failed {
		t.Error("a server key was used that the client refused")
	}
}

// IP-07, and item 2 of the server: a session is its raw messages, and another node
// goes on with them.
func TestSessionContinuesOnAnotherNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.twice(t, w.client(t))
	stored, err := json.Marshal(w.last.Session)
	if err != nil || bytes.Contains(stored, []byte(w.code.Password)) {
		t.Fatal(err)
	}
	other := newWorld(t)
	other.server.Rand = &stream{seed: "another node"}
	other.server.Keys = []dskpp.ServerKey{{Key: rsaKey(t, "client")}, other.server.Keys[0]} // the key has been rotated
	s := &dskpp.Session{}
	if err := json.Unmarshal(stored, s); err != nil {
		t.Fatal(err)
	}
	other.sessions[s.ID] = s
	k, err := r.Answer(other.post(t, r.Request()))
	if err != nil {
		t.Fatal(err, other.last.Why)
	}
	other.same(t, k)
}

// D-35, D-36, D-51: sessions that do not exist, have failed, or are finished.
func TestD35_EndedSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.twice(t, w.client(t))
	m, _ := dskpp.Parse(r.Request())
	n := m.(*dskpp.ClientNonce)
	good := n.Format()

	id := n.Session
	n.Session = "unknown"
	if got := w.answered(t, n.Format()); got != dskpp.Abort || w.last.Ended != "" {
		t.Error(got)
	}
	n.Session = id
	mac := n.Authentication.CodeMAC.MAC.Value
	n.Authentication.CodeMAC.MAC.Value = make([]byte, 16)
	if got := w.answered(t, n.Format()); got != dskpp.AuthenticationDataInvalid || w.last.Ended != id {
		t.Error(got)
	}
	n.Authentication.CodeMAC.MAC.Value = mac
	if got := w.answered(t, good); got != dskpp.Abort {
		t.Errorf("a failed session went on: %s", got)
	}

	r = w.twice(t, w.client(t))
	m, _ = dskpp.Parse(r.Request())
	n = m.(*dskpp.ClientNonce)
	if _, err := r.Answer(w.post(t, r.Request())); err != nil {
		t.Fatal(err)
	}
	n.Extensions = []dskpp.Extension{dskpp.ClientInfo([]byte("x"))}
	if got := w.answered(t, n.Format()); got != dskpp.Abort || w.last.Ended != "" {
		t.Errorf("a finished session took another nonce: %s", got)
	}
}

// D-50, D-53: a lost answer is repeated octet by octet, in each pass, and only the
// first makes a key.
func TestD53_LostAnswers(t *testing.T) {
	t.Parallel()
	tries(t, func(t *testing.T, w *world, c *dskpp.Client) {
		r := start(t, c)
		for r.State() != dskpp.Finished {
			lost := w.post(t, r.Request())
			again := w.post(t, r.Request())
			if c.FourPass && r.State() == dskpp.Began {
				// A hello is found again only if the caller kept its session by the digest.
				again = lost
			}
			if !bytes.Equal(lost, again) {
				t.Fatalf("the repetition differs:\n%s\n%s", lost, again)
			}
			if r.State() == dskpp.Answered && (!w.last.Repeated || w.last.Pending != nil) {
				t.Error("the repetition made a key")
			}
			k, err := r.Answer(again)
			if err != nil {
				t.Fatal(err)
			}
			if k != nil {
				w.same(t, k)
			}
		}
	})
	w := newWorld(t)
	r := start(t, w.client(t))
	raw := r.Request()
	first := w.post(t, raw)
	req, _ := dskpp.ReadRequest(raw)
	reply, err := w.server.Answer(context.Background(), req, w.last.Session)
	if err != nil || !reply.Repeated || !bytes.Equal(reply.Message, first) {
		t.Error("a repeated hello got another answer")
	}
}

// D-50: the MAC covers all messages: whatever is changed on the way, the client stores
// nothing.
func TestD50_ChangedMessagesAreFound(t *testing.T) {
	t.Parallel()
	tries(t, func(t *testing.T, w *world, c *dskpp.Client) {
		r := start(t, c)
		for r.State() != dskpp.Finished && r.State() != dskpp.Failed {
			m, err := dskpp.Parse(r.Request())
			if err != nil {
				t.Fatal(err)
			}
			raw := append(m.Format(), '\n') // means the same, and is not the same
			k, err := r.Answer(w.post(t, raw))
			if k != nil || err != nil && !errors.Is(err, dskpp.ErrMAC) {
				t.Fatal(k, err)
			}
		}
		if r.State() != dskpp.Failed {
			t.Error("not found")
		}
	})
}

// D-49, D-62, D-63: every octet of the last message counts, or means nothing: no
// change gives the client another key, and the run ends.
func TestD49_NoCommitWithoutMAC(t *testing.T) {
	t.Parallel()
	tries(t, func(t *testing.T, w *world, c *dskpp.Client) {
		r := start(t, c)
		answer := w.post(t, r.Request())
		if c.FourPass {
			if _, err := r.Answer(answer); err != nil {
				t.Fatal(err)
			}
			answer = w.post(t, r.Request())
		}
		m, err := dskpp.Parse(answer)
		if err != nil {
			t.Fatal(err)
		}
		f := m.(*dskpp.ServerFinished)
		f.MAC.Value[len(f.MAC.Value)-1] ^= 1
		if k, err := r.Answer(f.Format()); k != nil || !errors.Is(err, dskpp.ErrMAC) || r.State() != dskpp.Failed {
			t.Error(k, err)
		}
		if k, err := r.Answer(answer); k != nil || err == nil {
			t.Error("a void run went on")
		}
	})
}

// xorClient is one whose messages depend on its randomness alone.
func xorClient(t testing.TB, w *world) *dskpp.Client {
	t.Helper()
	c := w.client(t)
	c.Encryption = []string{dskpp.PRFSHA256}
	c.Shared, c.SharedName, c.Device = wrapKey, "Pre-shared-key-1", &phone
	return c
}

// D-33: a final message with Continue, a hello with Success, and messages that do not
// belong there.
func TestD33_StatusAndPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := xorClient(t, w)
	r := start(t, c)
	serverHello := w.post(t, r.Request())
	if _, err := r.Answer(serverHello); err != nil {
		t.Fatal(err)
	}
	finished := w.post(t, r.Request())
	const control = "unchanged"
	for name, bad := range map[string]struct {
		state  dskpp.State
		answer []byte
	}{
		control:                      {dskpp.Answered, finished},
		"Success in a hello":         {dskpp.Began, bytes.Replace(serverHello, []byte("Continue"), []byte("Success"), 1)},
		"a final message first":      {dskpp.Began, finished},
		"a hello twice":              {dskpp.Answered, serverHello},
		"Continue at the end":        {dskpp.Answered, bytes.Replace(finished, []byte("Success"), []byte("Continue"), 1)},
		"an unknown status":          {dskpp.Answered, bytes.Replace(finished, []byte("Success"), []byte("Maybe"), 1)},
		"a client's message":         {dskpp.Began, r.Request()},
		"no message":                 {dskpp.Began, []byte("<html/>")},
		"success without a package":  {dskpp.Answered, (&dskpp.ServerFinished{Version: dskpp.Version{Major: 1}, Status: dskpp.Success}).Format()},
		"continue without a choice":  {dskpp.Began, (&dskpp.ServerHello{Version: dskpp.Version{Major: 1}, Status: dskpp.Continue, Session: "1"}).Format()},
		"another major version":      {dskpp.Answered, bytes.Replace(finished, []byte(`Version="1.0"`), []byte(`Version="2.0"`), 1)},
		"a session of another run":   {dskpp.Answered, bytes.Replace(finished, []byte(`SessionID="`), []byte(`SessionID="x`), 1)},
		"the KeyContainer of pskc":   {dskpp.Answered, bytes.ReplaceAll(finished, []byte("dskpp:KeyContainer"), []byte("pskc:KeyContainer"))},            // D-08
		"a package without ServerID": {dskpp.Answered, bytes.ReplaceAll(finished, []byte("<dskpp:ServerID>https://bank.example</dskpp:ServerID>"), nil)}, // D-64
	} {
		again := newWorld(t)
		r := start(t, xorClient(t, again))
		if bad.state == dskpp.Answered {
			if _, err := r.Answer(again.post(t, r.Request())); err != nil {
				t.Fatal(err)
			}
		}
		k, err := r.Answer(bad.answer)
		if name == control {
			if k == nil || err != nil {
				t.Errorf("the answer of a run of the same octets is refused: %v", err)
			}
			continue
		}
		if k != nil || err == nil || r.State() != dskpp.Failed {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	for _, s := range dskpp.Statuses() { // each failure ends a client's run with that status
		if !s.Failed() {
			continue
		}
		for _, m := range []dskpp.Message{&dskpp.ServerHello{Version: dskpp.Version{Major: 1}, Status: s}, &dskpp.ServerFinished{Version: dskpp.Version{Major: 1}, Status: s}} {
			r := start(t, newWorld(t).client(t))
			if _, err := r.Answer(m.Format()); status(t, err) != s || r.Request() != nil {
				t.Errorf("%s: %v", s, err)
			}
		}
	}
}

// D-36: the statuses that no list leads to; with TestD32, TestD23, TestD05 and
// TestD09 all 17 are reached.
func TestD36_OtherStatuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.key = func(dskpp.Grant) (pskc.KeyPackage, error) {
		return pskc.KeyPackage{}, &dskpp.StatusError{Status: dskpp.AccessDenied, Reason: "not this application"}
	}
	if _, err := w.run(t, wrapClient(t, w)); status(t, err) != dskpp.AccessDenied {
		t.Error(err)
	}
	w.desk.key = func(g dskpp.Grant) (pskc.KeyPackage, error) {
		g.KeyType = pskc.AlgorithmTOTP
		return template(g)
	}
	c := wrapClient(t, w)
	c.KeyTypes = []string{pskc.AlgorithmHOTP}
	if _, err := w.run(t, c); status(t, err) != dskpp.InitializationFailed {
		t.Error(err)
	}
	w.desk.shared["Pre-shared-key-1"] = dskpp.SharedKey{Name: "Pre-shared-key-1", Key: append(wrapKey[:16:16], 1)}
	raw := hello(t, c, func(*dskpp.ClientHello) {})
	if got := w.answered(t, raw); got != dskpp.AuthenticationDataInvalid {
		t.Error(got)
	}
}

// D-16 of the schema and IP-16: with prf-aes-128 R_C has 16 octets and no more.
func TestIP16_NonceOfThePRFWithAES(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(t)
	c.MACs, c.Encryption = []string{dskpp.PRFAES}, []string{dskpp.PRFSHA256}
	c.Shared, c.SharedName, c.Device = wrapKey, "Pre-shared-key-1", &phone
	r := w.twice(t, c)
	sh, _ := dskpp.Parse(w.last.Message)
	rs := sh.(*dskpp.ServerHello).Payload.Nonce
	m, _ := dskpp.Parse(r.Request())
	n := m.(*dskpp.ClientNonce)
	rc := bytes.Repeat([]byte{5}, 32)
	encrypted, err1 := dskpp.MaskNonce(dskpp.PRFSHA256, wrapKey, rs, rc)
	mac, err2 := dskpp.AuthMAC(dskpp.PRFAES, c.Code.Password, c.Code.ClientID, url, rc, rs, wrapKey, 100_000)
	if err1 != nil || err2 != nil || len(n.EncryptedNonce) != 16 {
		t.Fatal(err1, err2)
	}
	n.EncryptedNonce, n.Authentication.CodeMAC.MAC.Value = encrypted, mac
	if got := w.answered(t, n.Format()); got != dskpp.InitializationFailed {
		t.Error(got, w.last.Why)
	}
}
