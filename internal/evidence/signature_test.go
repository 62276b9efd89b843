package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/ota/applet"
)

// forms are the kinds of signatures that there are.
func forms(a *authority) map[string]evidence.Signature {
	return map[string]evidence.Signature{
		"text":           a.signature(applet.Attributed, "", false),
		"another text":   a.signature(applet.Attributed, "I agree to the terms of 2026.", false),
		"document":       a.signature(applet.Attributed, "a document", true),
		"plain":          a.signature(applet.Plain, "", false),
		"plain document": a.signature(applet.Plain, "a document", true),
	}
}

// TestSignatureEvidence: every form verifies with what was kept, and says what was shown.
func TestSignatureEvidence(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, isRSA := range []bool{false, true} {
			a := newAuthority(t, w, isRSA)
			for name, s := range forms(a) {
				file := a.export(w, s)
				w.clock.Advance(100 * 24 * time.Hour) // nobody looks at today's date
				p, err := evidence.VerifySignature(file, a.trust(w))
				if err != nil || !evidence.IsContainer(file) {
					t.Errorf("%s: %v", name, err)
					continue
				}
				x := p.Statement
				if x.Shown != s.Shown || x.Control != s.Control || x.Person != "MIDCS4711000000A" || x.Issuer != "https://auth.bank.example" || !p.Stamped.Equal(a.now) || p.Records < 1 || p.Erased {
					t.Errorf("%s: %+v", name, p)
				}
			}
		}
		if n := w.one("SELECT COUNT(*) FROM journal WHERE kind = $1", evidence.AuditExported); n != 10 {
			t.Errorf("%d records of exports", n)
		}
	})
}

// TestSignatureIncomplete: nothing is exported that could not be proven.
func TestSignatureIncomplete(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := newAuthority(t, w, false)
		for name, change := range map[string]func(*evidence.Signature){
			"stamp": func(s *evidence.Signature) { s.Stamp = nil }, "status": func(s *evidence.Signature) { s.Status = nil },
			"cms": func(s *evidence.Signature) { s.CMS = nil }, "certificate": func(s *evidence.Signature) { s.Certificate = nil },
			"validation": func(s *evidence.Signature) { s.Validated = time.Time{} },
		} {
			s := a.signature(applet.Attributed, "", false)
			proof := a.record(w, s, s.Signature)
			change(&s)
			if _, err := w.issuer.Export(t.Context(), app(), s, proof); !fault.Is(err, "evidence.incomplete") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestSignatureForged: an installation that lies, with its own keys, is found out wherever the
// person, the authorities or the log have not signed the lie.
func TestSignatureForged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := newAuthority(t, w, false)
		other := newAuthority(t, w, false)
		good := func() evidence.Signature { return a.signature(applet.Attributed, "", false) }
		for name, c := range map[string]struct {
			change func(*evidence.Signature)
			want   string
		}{
			"another text shown":      {func(s *evidence.Signature) { s.Shown = strings.Replace(s.Shown, "90", "10", 1) }, "evidence.shown"},
			"text and screen":         {func(s *evidence.Signature) { s.Text, s.Shown = s.Text+".", s.Shown+"." }, "evidence.shown"},
			"all but the signature":   {func(s *evidence.Signature) { relabel(s, "Pay 10.00 EUR to Kari") }, "evidence.mobile_signature"},
			"control code":            {func(s *evidence.Signature) { s.Control = "0001" }, "evidence.control"},
			"nonce":                   {func(s *evidence.Signature) { s.Nonce[0]++ }, "evidence.control"},
			"another service":         {func(s *evidence.Signature) { s.Service = "Other" }, "evidence.shown"},
			"form":                    {func(s *evidence.Signature) { s.Form = applet.Plain }, "evidence.control"},
			"another's certificate":   {func(s *evidence.Signature) { s.Certificate, s.Chain = other.person.Raw, other.issuing.Raw }, "evidence.mobile_signature"},
			"role":                    {func(s *evidence.Signature) { s.Role = applet.Authentication }, "evidence.certificate"},
			"no chain":                {func(s *evidence.Signature) { s.Chain = nil }, "evidence.stamp"},
			"revoked":                 {func(s *evidence.Signature) { s.Status = a.status(a.person, ocsp.Revoked, a.now) }, "evidence.status"},
			"status of another time":  {func(s *evidence.Signature) { s.Status = a.status(a.person, ocsp.Good, a.now.Add(-3*time.Hour)) }, "evidence.status"},
			"status to come":          {func(s *evidence.Signature) { s.Status = a.status(a.person, ocsp.Good, a.now.Add(time.Hour)) }, "evidence.status"},
			"status of another one":   {func(s *evidence.Signature) { s.Status = a.status(a.tsa, ocsp.Good, a.now) }, "evidence.status"},
			"status by another":       {func(s *evidence.Signature) { s.Status = other.status(a.person, ocsp.Good, a.now) }, "evidence.status"},
			"status is no status":     {func(s *evidence.Signature) { s.Status = []byte("good") }, "evidence.status"},
			"stamp of something else": {func(s *evidence.Signature) { s.Stamp = a.stamp(a.tsa, []byte("x"), a.now) }, "evidence.stamp"},
			"stamp by the person":     {func(s *evidence.Signature) { s.Stamp = a.stamp(a.person, s.Signature, a.now) }, "evidence.stamp"},
			"stamp by a stranger":     {func(s *evidence.Signature) { s.Stamp = other.stamp(other.tsa, s.Signature, a.now) }, "evidence.stamp"},
			"stamp before its time":   {func(s *evidence.Signature) { s.Stamp = a.stamp(a.tsa, s.Signature, a.now.Add(-9*time.Hour)) }, "evidence.stamp"},
			"stamp is a signature":    {func(s *evidence.Signature) { s.Stamp = s.CMS }, "evidence.stamp"},
			"stamp is nothing":        {func(s *evidence.Signature) { s.Stamp = []byte{0x30, 0} }, "evidence.stamp"},
			"CMS is nothing":          {func(s *evidence.Signature) { s.CMS = []byte{0x30, 0} }, "evidence.mobile_signature"},
			"CMS of another signature": {func(s *evidence.Signature) {
				s.CMS, _ = a.cms(a.person, dataID, s.Content, applet.Attributes(s.Digest, s.Nonce))
			}, "evidence.mobile_signature"},
			"CMS has another content": {func(s *evidence.Signature) {
				s.CMS, s.Signature = a.cms(a.person, dataID, []byte("else"), applet.Attributes(s.Digest, s.Nonce))
				s.Stamp = a.stamp(a.tsa, s.Signature, a.now)
			}, "evidence.mobile_signature"},
			"other attributes": {func(s *evidence.Signature) {
				s.CMS, s.Signature = a.cms(a.person, dataID, s.Content, applet.Attributes(s.Digest, applet.Nonce{9}))
				s.Stamp = a.stamp(a.tsa, s.Signature, a.now)
			}, "evidence.mobile_signature"},
		} {
			s := good()
			c.change(&s)
			file, err := w.issuer.Export(t.Context(), app(), s, a.record(w, s, s.Signature))
			if err == nil {
				_, err = evidence.VerifySignature(file, a.trust(w))
			}
			if !fault.Is(err, c.want) {
				t.Errorf("%s: %v; want %s", name, err, c.want)
			}
		}
		s := good()
		if file, err := w.issuer.Export(t.Context(), app(), s, a.record(w, s, []byte("another"))); err != nil || !faulty(file, a.trust(w), "evidence.log") {
			t.Error("a record of another signature", err)
		}
		s.Record += "x"
		if file, err := w.issuer.Export(t.Context(), app(), s, a.record(w, good(), good().Signature)); err != nil || !faulty(file, a.trust(w), "evidence.log") {
			t.Error("another record", err)
		}
	})
}

// relabel changes what was signed, everywhere but in the signature.
func relabel(s *evidence.Signature, text string) {
	c := applet.Command{Kind: applet.Sign, Service: s.Service, Event: s.Event, Text: text, Form: s.Form, Nonce: s.Nonce, Control: s.Mode, Content: applet.Content{Kind: applet.ShownText}}
	s.Text, s.Content, s.Shown, s.Control, s.Digest = text, []byte(text), c.Shown(), c.ControlCode(), c.Digest()
}

func faulty(file []byte, trust evidence.Trust, want string) bool {
	_, err := evidence.VerifySignature(file, trust)
	return fault.Is(err, want)
}

// TestSignatureTrust: nothing is taken from the file that the verifier has to know.
func TestSignatureTrust(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, other := newAuthority(t, w, false), newAuthority(t, w, false)
		file := a.export(w, a.signature(applet.Attributed, "", false))
		trust := a.trust(w)
		trust.Roots = other.trust(w).Roots
		if !faulty(file, trust, "evidence.stamp") {
			t.Error("another authority is taken")
		}
		trust = a.trust(w)
		trust.Log = strings.Replace(trust.Log, "test", "evil", 1)
		if !faulty(file, trust, "evidence.log") {
			t.Error("another log is taken")
		}
		trust = a.trust(w)
		trust.Keys.Keys = nil
		if !faulty(file, trust, "evidence.key") {
			t.Error("no key is needed")
		}
		if _, _, err := evidence.Verify(string(unzip(t, file)["statement.jws"]), a.trust(w).Keys); !fault.Is(err, "evidence.type") {
			t.Error("a statement is taken for an assertion", err)
		}
	})
}

// unzip is what any program finds in the file.
func unzip(t testing.TB, file []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			files[f.Name], err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// rezip writes files without any care.
func rezip(t testing.TB, files map[string][]byte, more ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	write := func(name string, content []byte) {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		write(name, content)
	}
	for _, name := range more {
		write(name, []byte("more"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSignatureFile: one octet anywhere, a file more or less, and the evidence is none.
func TestSignatureFile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := newAuthority(t, w, false)
		file := a.export(w, a.signature(applet.Attributed, "", false))
		trust := a.trust(w)
		for name := range unzip(t, file) {
			files := unzip(t, file)
			files[name][len(files[name])/2] ^= 1
			if _, err := evidence.VerifySignature(rezip(t, files), trust); err == nil {
				t.Errorf("%s was changed", name)
			}
			delete(files, name)
			if _, err := evidence.VerifySignature(rezip(t, files), trust); err == nil {
				t.Errorf("%s is missing", name)
			}
		}
		for _, more := range []string{"other.txt", "../statement.jws", "statement.jws", "ocsp.der", "status.crl"} {
			if _, err := evidence.VerifySignature(rezip(t, unzip(t, file), more), trust); err == nil {
				t.Errorf("%s is too many", more)
			}
		}
		if _, err := evidence.VerifySignature(rezip(t, unzip(t, file)), trust); err != nil {
			t.Errorf("packed anew: %v", err)
		}
		bomb := rezip(t, map[string][]byte{"shown.txt": make([]byte, evidence.MaxContainer+1)})
		for _, bad := range [][]byte{nil, []byte("PK\x03\x04"), bomb, make([]byte, evidence.MaxContainer+1)} {
			if _, err := evidence.VerifySignature(bad, trust); !fault.Is(err, "evidence.malformed") {
				t.Errorf("%d octets: %v", len(bad), err)
			}
		}
	})
}

// TestSignatureOpenSSL follows the file's own README: every command of it succeeds, and fails
// when what it checks was changed.
func TestSignatureOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("there is no openssl")
	}
	each(t, func(t *testing.T, w *world) {
		for _, isRSA := range []bool{false, true} {
			a := newAuthority(t, w, isRSA)
			for name, s := range forms(a) {
				files := unzip(t, a.export(w, s))
				files["root.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})
				files["DOCUMENT"] = []byte("a document")
				if out := recipe(t, files); out != "" {
					t.Errorf("%s: %s", name, out)
				}
				for _, changed := range []string{"signature.p7s", "signature.bin", "stamp.tst", "ocsp.der"} {
					was, there := files[changed]
					if !there || changed == "signature.bin" && s.Form != applet.Plain {
						continue
					}
					files[changed] = bytes.Clone(was)
					files[changed][len(was)-3] ^= 1
					if recipe(t, files) == "" {
						t.Errorf("%s: openssl does not mind that %s was changed", name, changed)
					}
					files[changed] = was
				}
				if s.Document {
					files["DOCUMENT"] = []byte("another document")
				} else {
					files["content.bin"] = []byte("another text")
				}
				if recipe(t, files) == "" {
					t.Errorf("%s: openssl does not mind that the content was changed", name)
				}
			}
		}
	})
}

// recipe runs the commands of the README, and returns what the first that fails has said.
func recipe(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for line := range strings.Lines(string(files["README.txt"])) {
		words := strings.Fields(line)
		if strings.HasPrefix(line, "    cat chain.pem root.pem > ca.pem") {
			if err := os.WriteFile(filepath.Join(dir, "ca.pem"), slices.Concat(files["chain.pem"], files["root.pem"]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.HasPrefix(line, "    openssl") {
			continue
		}
		ran++
		cmd := exec.CommandContext(t.Context(), "openssl", words[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if text := string(out); err != nil || strings.Contains(line, "ocsp") && (!strings.Contains(text, "Response verify OK") || !strings.Contains(text, "certificate.pem: good")) {
			return line + text
		}
	}
	if ran < 3 {
		t.Fatalf("the README has %d commands", ran)
	}
	return ""
}

// FuzzSignatureFile: whatever the file, the verdict is a fault or a proof, and never a panic.
func FuzzSignatureFile(f *testing.F) {
	sum := sha256.Sum256([]byte("x"))
	f.Add([]byte("PK\x03\x04"))
	f.Add(sum[:])
	f.Add(rezip(f, map[string][]byte{"statement.jws": []byte("a.b.c"), "stamp.tst": {0x30, 3, 6, 1, 42}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := evidence.VerifySignature(file, evidence.Trust{Roots: x509.NewCertPool()}); err == nil {
			t.Error("evidence of nothing")
		}
	})
}
