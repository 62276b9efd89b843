package dskpp_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

// vectors are for programs in other languages: everything in hexadecimal but texts
// and messages. testdata/README.md says how to run them.
type vectors struct {
	Note      string       `json:"note"`
	PRF       []prfVector  `json:"prf"`
	Codes     []codeVector `json:"codes"`
	BadCodes  []string     `json:"bad_codes"`
	Password  []kVector    `json:"k_ac"`
	Pass      []passVector `json:"passphrase_key"`
	Versions  []string     `json:"versions_ascending"`
	Malformed []badVector  `json:"malformed"`
	Runs      []*runVector `json:"runs"`
}

type prfVector struct {
	Algorithm string `json:"algorithm"`
	Key       string `json:"key"`
	Text      string `json:"text"`
	Output    string `json:"output"`
}

type codeVector struct {
	ClientID string `json:"client_id"`
	Password string `json:"password"`
	Bare     string `json:"bare"`
	Text     string `json:"text"`
	Human    string `json:"human"`
}

type kVector struct {
	Password   string `json:"password"`
	RC         string `json:"r_c"`
	K          string `json:"k"`
	Iterations int    `json:"iterations"`
	KAC        string `json:"k_ac"`
}

type passVector struct {
	Passphrase string `json:"passphrase"`
	ClientID   string `json:"client_id"`
	URL        string `json:"url"`
	K          string `json:"k"`
}

type badVector struct {
	Name    string       `json:"name"`
	Message string       `json:"message"`
	Status  dskpp.Status `json:"status"`
}

type runVector struct {
	Name       string   `json:"name"`
	Variant    string   `json:"variant"`
	Method     string   `json:"method,omitempty"`
	URL        string   `json:"url"`
	Code       string   `json:"code"`
	KeyTypes   []string `json:"key_types"`
	Encryption []string `json:"encryption"`
	MACs       []string `json:"macs"`
	SharedName string   `json:"shared_name,omitempty"`
	Shared     string   `json:"shared,omitempty"`
	Passphrase string   `json:"passphrase,omitempty"`
	PrivateKey string   `json:"private_key_file,omitempty"`
	ServerKey  string   `json:"server_key_file,omitempty"`
	OldKeyID   string   `json:"old_key_id,omitempty"`
	OldToken   string   `json:"old_token,omitempty"`
	Random     string   `json:"client_random"`
	Messages   []string `json:"messages"` // client, server, client, server
	RC         string   `json:"r_c"`
	K          string   `json:"k"`
	KPROV      string   `json:"k_prov"`
	KMAC       string   `json:"k_mac"`
	KTOKEN     string   `json:"k_token"`
	ServerID   string   `json:"server_id"`
	KeyID      string   `json:"key_id"`
	Algorithm  string   `json:"algorithm"`
	Suite      string   `json:"suite,omitempty"`
	// Repeatable says that a server with fixed randomness sends these octets.
	Repeatable bool `json:"repeatable"`
}

// tape notes what was read.
type tape struct {
	r io.Reader
	b []byte
}

func (t *tape) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.b = append(t.b, p[:n]...)
	return n, err
}

func (v *runVector) client(t testing.TB) *dskpp.Client {
	t.Helper()
	code, err := dskpp.ParseCode(v.Code)
	if err != nil {
		t.Fatal(err)
	}
	c := &dskpp.Client{
		URL: v.URL, Code: code, FourPass: v.Variant == "FourPass", Method: v.Method, KeyTypes: v.KeyTypes, Encryption: v.Encryption, MACs: v.MACs,
		SharedName: v.SharedName, Shared: unhex(t, v.Shared), Passphrase: v.Passphrase, Rand: bytes.NewReader(unhex(t, v.Random)),
	}
	if v.PrivateKey != "" {
		c.Private = rsaKey(t, "client")
	}
	if v.OldKeyID != "" {
		c.Old = &dskpp.Replaced{KeyID: unhex(t, v.OldKeyID), Token: pskc.NewSecret(unhex(t, v.OldToken))}
	}
	if v.SharedName != "" && c.FourPass {
		c.Device = &phone
	}
	return c
}

func (v *runVector) record(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	w.server.Rand = &stream{seed: "server of " + v.Name}
	c := v.client(t)
	random := &tape{r: &stream{seed: "client of " + v.Name}}
	c.Rand = random
	r := start(t, c)
	var k *dskpp.Key
	for k == nil {
		request := r.Request()
		rc, kk := r.Secrets()
		v.RC, v.K = hex.EncodeToString(rc), hex.EncodeToString(kk)
		answer := w.post(t, request)
		v.Messages = append(v.Messages, string(request), string(answer))
		var err error
		if k, err = r.Answer(answer); err != nil {
			t.Fatal(v.Name, err, w.last.Why)
		}
	}
	w.same(t, k)
	v.Random = hex.EncodeToString(random.b)
	v.ServerID, v.KeyID, v.Algorithm, v.Suite = k.ServerID, k.Key.ID, k.Key.Algorithm, k.Key.Suite
	kprov := v.master(t)
	v.KPROV, v.KMAC = hex.EncodeToString(kprov), hex.EncodeToString(kprov[:len(kprov)/2])
	v.KTOKEN = hex.EncodeToString(k.Key.Secret.Bytes())
	if !bytes.HasPrefix(kprov[len(kprov)/2:], k.Key.Secret.Bytes()) {
		t.Error("K_TOKEN is not the beginning of the second half")
	}
}

// master computes K_PROV from what the vector says, by the formulas alone.
func (v *runVector) master(t *testing.T) []byte {
	t.Helper()
	last, err := dskpp.Parse([]byte(v.Messages[len(v.Messages)-1]))
	if err != nil {
		t.Fatal(err)
	}
	f := last.(*dskpp.ServerFinished)
	mac := f.MAC.Algorithm
	var kprov []byte
	if v.Variant == "FourPass" {
		second, _ := dskpp.Parse([]byte(v.Messages[1]))
		half := 32
		if mac == dskpp.PRFAES {
			half = 20
		}
		if v.Suite == "HMAC-SHA512" {
			half = 64
		}
		if kprov, err = dskpp.ProvisioningKey(mac, unhex(t, v.RC), unhex(t, v.K), second.(*dskpp.ServerHello).Payload.Nonce, 2*half); err != nil {
			t.Fatal(err)
		}
	} else {
		p, err := dskpp.OpenFor(v.client(t), f.Package.Container)
		if err != nil {
			t.Fatal(err)
		}
		kprov = p.Key.Secret.Bytes()
	}
	var before [][]byte
	for _, m := range v.Messages[:len(v.Messages)-1] {
		before = append(before, []byte(m))
	}
	id := ""
	if v.Variant == "TwoPass" {
		id = f.Package.ServerID
	}
	if want, err := dskpp.ConfirmationMAC(mac, kprov[:len(kprov)/2], id, before...); err != nil || !bytes.Equal(want, f.MAC.Value) {
		t.Errorf("%s: MAC 1 differs (%v)", v.Name, err)
	}
	return kprov
}

func runVectors() (all []*runVector) {
	hotp, totp, ocra := []string{pskc.AlgorithmHOTP}, []string{pskc.AlgorithmTOTP}, []string{pskc.AlgorithmOCRA}
	add := func(v runVector, old bool) {
		v.URL, v.Code = url, (dskpp.Code{ClientID: "AC00000A", Password: "3582AF0C3E9D41B7722C"}).String()
		v.Name = fmt.Sprintf("%02d", len(all)+1)
		if old {
			v.OldKeyID, v.OldToken = hex.EncodeToString([]byte("OLD1")), hex.EncodeToString([]byte("the old key of 20 oc"))
		}
		all = append(all, &v)
	}
	shared := func(v runVector) runVector {
		v.SharedName, v.Shared = "Pre-shared-key-1", hex.EncodeToString(wrapKey)
		return v
	}
	four := func(enc, mac string, types []string) runVector {
		v := runVector{Variant: "FourPass", KeyTypes: types, Encryption: []string{enc}, MACs: []string{mac}, Repeatable: true}
		if enc == dskpp.RSAOAEP {
			v.ServerKey = "server.pem"
			return v
		}
		return shared(v)
	}
	two := func(method, enc, mac string, types []string) runVector {
		v := runVector{Variant: "TwoPass", Method: method, KeyTypes: types, Encryption: []string{enc}, MACs: []string{mac}, Repeatable: enc != dskpp.RSA15}
		switch method {
		case dskpp.Wrap:
			return shared(v)
		case dskpp.PassphraseWrap:
			v.Passphrase = passphrase
		default:
			v.PrivateKey = "client.pem"
		}
		return v
	}
	for _, mac := range []string{dskpp.PRFSHA256, dskpp.PRFAES} {
		add(four(dskpp.RSAOAEP, mac, hotp), false)
		add(four(dskpp.PRFSHA256, mac, hotp), true)
		add(four(dskpp.PRFAES, mac, totp), false)
		add(two(dskpp.Transport, dskpp.RSAOAEP, mac, ocra), false)
		add(two(dskpp.Transport, dskpp.RSA15, mac, hotp), true)
		add(two(dskpp.Wrap, dskpp.AESWrap, mac, hotp), true)
		add(two(dskpp.Wrap, dskpp.AESCBC, mac, totp), false)
		add(two(dskpp.PassphraseWrap, dskpp.AESWrap, mac, hotp), false)
		add(two(dskpp.PassphraseWrap, dskpp.AESCBC, mac, ocra), true)
	}
	return all
}

func generate(t *testing.T) *vectors {
	t.Helper()
	v := &vectors{Note: "RFC 6063 with the interop profile of docs/conformance/rfc6063.md. Keys and octets in hexadecimal; messages as they traveled.", Versions: []string{"1.0", "1.9", "1.10", "2.4", "2.13", "12.3"}}
	for _, alg := range []string{dskpp.PRFAES, dskpp.PRFSHA256} {
		for _, n := range []int{16, 32, 40, 64} {
			out, err := dskpp.PRF(alg, []byte("0123456789abcdef"), []byte("MAC 1 computation"), n)
			if err != nil {
				t.Fatal(err)
			}
			v.PRF = append(v.PRF, prfVector{alg, hex.EncodeToString([]byte("0123456789abcdef")), "MAC 1 computation", hex.EncodeToString(out)})
		}
	}
	for _, c := range []dskpp.Code{{ClientID: "AC00000A", Password: "3582AF0C3E"}, {ClientID: "6D79636C69656E742144", Password: "6D5970617326237244"}, {ClientID: "1", Password: "0", Vendor: []dskpp.TLV{{Type: '8'}}}} {
		v.Codes = append(v.Codes, codeVector{c.ClientID, c.Password, c.Bare(), c.String(), c.Human()})
	}
	v.BadCodes = []string{"", "108AC00000A", "108AC00000A20A3582AF0C3E304EE98", "108AC00000A400" + "20A3582AF0C3E", "108AC00000A108AC00000A20A3582AF0C3E", "108AC00000A20A3582AF0C3", "1GG"}
	kac, err1 := dskpp.DeriveKAC("3582AF0C3E", bytes.Repeat([]byte{0x11}, 16), []byte("0123456789abcdef"), 100_000)
	pass, err2 := dskpp.PassphraseKey(passphrase, "AC00000A", url)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	v.Password = []kVector{{"3582AF0C3E", hex.EncodeToString(bytes.Repeat([]byte{0x11}, 16)), hex.EncodeToString([]byte("0123456789abcdef")), 100_000, hex.EncodeToString(kac)}}
	v.Pass = []passVector{{passphrase, "AC00000A", url, hex.EncodeToString(pass)}}
	v.Malformed = []badVector{
		{"no version", `<KeyProvClientHello xmlns="` + dskpp.Namespace + `"/>`, dskpp.MalformedRequest},
		{"major version", `<KeyProvClientHello xmlns="` + dskpp.Namespace + `" Version="2.0"/>`, dskpp.UnsupportedVersion},
		{"unknown message", `<KeyProvGreeting xmlns="` + dskpp.Namespace + `" Version="1.0"/>`, dskpp.UnknownRequest},
		{"empty hello", open + shut, dskpp.MalformedRequest},
		{"wrong order", open + lists + "<dskpp:ClientNonce>AAAAAAAAAAAAAAAAAAAAAA==</dskpp:ClientNonce>" + shut, dskpp.MalformedRequest},
	}
	v.Runs = runVectors()
	for _, r := range v.Runs {
		r.record(t)
	}
	return v
}

const vectorFile = "testdata/vectors.json"

// The vectors for other languages: what is repeatable is generated again and is the
// same; every run's client, given the recorded randomness and answers, sends the
// recorded requests and ends with the recorded key.
func TestVectors(t *testing.T) {
	t.Parallel()
	if *update {
		data, err := json.MarshalIndent(generate(t), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, append(data, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var stored vectors
	if err := json.Unmarshal(data, &stored); err != nil {
		t.Fatal(err)
	}
	fresh := generate(t)
	for i, r := range stored.Runs {
		if !r.Repeatable {
			fresh.Runs[i] = r
		}
		r.replay(t)
	}
	if d := cmp.Diff(&stored, fresh); d != "" {
		t.Error(d)
	}
	for _, s := range stored.BadCodes {
		if _, err := dskpp.ParseCode(s); err == nil {
			t.Errorf("the code %q is taken", s)
		}
	}
	for _, b := range stored.Malformed {
		if _, err := dskpp.Parse([]byte(b.Message)); status(t, err) != b.Status {
			t.Errorf("%s: %v", b.Name, err)
		}
	}
	if !slices.IsSortedFunc(stored.Versions, func(a, b string) int {
		x, _ := dskpp.ParseVersion(a)
		y, _ := dskpp.ParseVersion(b)
		return x.Compare(y)
	}) {
		t.Error("the versions are not in order")
	}
}

func (v *runVector) replay(t *testing.T) {
	t.Helper()
	r := start(t, v.client(t))
	var k *dskpp.Key
	for i := 0; i < len(v.Messages); i += 2 {
		if got := r.Request(); string(got) != v.Messages[i] {
			t.Errorf("%s: request %d differs:\n%s\n%s", v.Name, i, got, v.Messages[i])
			return
		}
		var err error
		if k, err = r.Answer([]byte(v.Messages[i+1])); err != nil {
			t.Errorf("%s: %v", v.Name, err)
			return
		}
	}
	if k == nil || hex.EncodeToString(k.Key.Secret.Bytes()) != v.KTOKEN || hex.EncodeToString(v.master(t)) != v.KPROV {
		t.Errorf("%s: another key", v.Name)
	}
}
