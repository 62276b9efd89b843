package pskc_test

import (
	"bytes"
	crand "crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/pskc"
)

// repeated is a container whose middle is repeated n times, so that a file of
// any size takes no memory in the test.
type repeated struct {
	parts [][]byte // head, middle, tail
	n     int
	cur   []byte
	state int
}

func (r *repeated) Read(p []byte) (int, error) {
	for len(r.cur) == 0 {
		switch {
		case r.state == 0:
			r.cur, r.state = r.parts[0], 1
		case r.state == 1 && r.n > 0:
			r.n--
			r.cur = r.parts[1]
		case r.state == 1:
			r.cur, r.state = r.parts[2], 2
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.cur)
	r.cur = r.cur[n:]
	return n, nil
}

// TestP38_FlatMemory reads 100,000 encrypted packages and looks at what is
// allocated in between.
func TestP38_FlatMemory(t *testing.T) {
	const block, blocks = 1000, 100
	file := container(t, block, pskc.WriterOptions{Key: benchKey, KeyName: "transport"})
	first := bytes.Index(file, []byte("<KeyPackage>"))
	last := bytes.LastIndex(file, []byte("</KeyContainer>"))
	r, err := pskc.NewReader(&repeated{parts: [][]byte{file[:first], file[first:last], file[last:]}, n: blocks}, pskc.Options{Key: benchKey})
	if err != nil {
		t.Fatal(err)
	}
	var early, late runtime.MemStats
	for i := range block * blocks {
		if _, err := r.Next(); err != nil {
			t.Fatal(i, err)
		}
		if i == block {
			runtime.GC()
			runtime.ReadMemStats(&early)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&late)
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if grown := int64(late.HeapAlloc) - int64(early.HeapAlloc); grown > 1<<20 {
		t.Errorf("the heap grew by %d octets over %d packages", grown, block*(blocks-1))
	}
}

// TestP38_BadRowsDoNotStopTheFile: every tenth row is bad in another way.
func TestP38_BadRowsDoNotStopTheFile(t *testing.T) {
	t.Parallel()
	rows := bytes.SplitAfter(container(t, 100, pskc.WriterOptions{InsecurePlain: true}), []byte("</KeyPackage>\n"))
	for i := range 10 {
		bad := [][2]string{
			{"<SerialNo>", "<SerialNo><x/>"},
			{`Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"`, ""},
			{"<PlainValue>", "<PlainValue>*"},
			{"<TimeInterval><PlainValue>30", "<TimeInterval><PlainValue>thirty"},
			{`Length="8"`, `Length="-8"`},
		}[i%5]
		changed := strings.Replace(string(rows[10*i+5]), bad[0], bad[1], 1)
		if changed == string(rows[10*i+5]) {
			t.Fatalf("change %d changes nothing", i)
		}
		rows[10*i+5] = []byte(changed)
	}
	r, err := pskc.NewReader(bytes.NewReader(bytes.Join(rows, nil)), pskc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ok, bad, err := drain(r)
	if err != nil || len(ok) != 90 || len(bad) != 10 {
		t.Fatalf("%d good, %d bad, %v", len(ok), len(bad), err)
	}
	for i, e := range bad {
		if row := 10*i + 6; e.Row != row || e.Line != row+2 || !errors.Is(e, pskc.ErrInvalid) {
			t.Errorf("bad row %d is %+v", row, e)
		}
	}
}

// TestWrongKeyWithoutMACKey: key wrap has no MAC key that would show a wrong key
// at once; after some rows in vain the reader says so.
func TestWrongKeyWithoutMACKey(t *testing.T) {
	t.Parallel()
	file := container(t, 100, pskc.WriterOptions{Key: benchKey, KeyName: "n", KeyWrap: true})
	from, to := bytes.Index(file, []byte("<MACMethod")), bytes.Index(file, []byte("<KeyPackage>"))
	text := string(file[:from]) + string(file[to:])
	for i := strings.Index(text, "<ValueMAC>"); i >= 0; i = strings.Index(text, "<ValueMAC>") {
		text = text[:i] + text[strings.Index(text, "</ValueMAC>")+len("</ValueMAC>"):]
	}
	r, err := pskc.NewReader(strings.NewReader(text), pskc.Options{Key: make([]byte, 16)})
	if err != nil {
		t.Fatal(err)
	}
	_, bad, err := drain(r)
	if !errors.Is(err, pskc.ErrWrongKey) || len(bad) != 15 {
		t.Errorf("after %d rows: %v", len(bad), err)
	}
}

// TestP35_ImplicitRejection: a value with wrong PKCS #1 v1.5 padding decrypts to
// something of a seed's size, so that no one learns that its padding was wrong;
// the same value in the same file gives the same.
func TestP35_ImplicitRejection(t *testing.T) {
	t.Parallel()
	key := privateKey(t, "rsa.pem")
	pub := key.Public().(*rsa.PublicKey)
	var good []byte
	for len(good) == 0 || good[0] == 0 { // without a leading zero it is the same number, and right
		var err error
		//nolint:staticcheck // RFC 6030, section 6.3, recommends it
		if good, err = rsa.EncryptPKCS1v15(crand.Reader, pub, []byte("12345678901234567890")); err != nil {
			t.Fatal(err)
		}
	}
	v := loadVector(t, "p35-rsa15")
	start := bytes.Index(v.input, []byte("<xenc:CipherValue>")) + len("<xenc:CipherValue>")
	end := bytes.Index(v.input, []byte("</xenc:CipherValue>"))
	secret := func(cipher []byte) []byte {
		t.Helper()
		file := fmt.Appendf(nil, "%s%s%s", v.input[:start], base64Of(cipher), v.input[end:])
		r, err := pskc.NewReader(bytes.NewReader(file), pskc.Options{Recipient: key})
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Next()
		if err != nil {
			t.Fatalf("the padding shows: %v", err)
		}
		return p.Key.Secret.Bytes()
	}
	if got := secret(good); string(got) != "12345678901234567890" {
		t.Errorf("a good value decrypts to %x", got)
	}
	for name, cipher := range map[string][]byte{"changed": flip(good), "short": good[1:], "long": append(good, 0), "empty": nil, "zeros": make([]byte, 256)} {
		if got := secret(cipher); len(got) != 20 || string(got) == "12345678901234567890" {
			t.Errorf("%s decrypts to %d octets", name, len(got))
		}
	}
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func flip(b []byte) []byte {
	c := bytes.Clone(b)
	c[len(c)-1] ^= 1
	return c
}
