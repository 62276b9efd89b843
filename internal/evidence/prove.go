package evidence

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/ota/applet"
)

// RecordSigned is the kind of the record in the audit log that a signature leaves when it was found
// valid. Its details have "signature", the SHA-256 of the signature in hexadecimal digits.
const RecordSigned = "mobile_id_request.signed"

// Trust is what whoever verifies the evidence of a signature brings along; nothing of it is taken
// from the evidence.
type Trust struct {
	Keys  jose.JSONWebKeySet // that the installation has published
	Roots *x509.CertPool     // certificate authorities: of persons, and of time-stamps
	Log   string             // verifier key of the audit log
}

// Proven is what the evidence of a signature proves.
type Proven struct {
	Statement Statement `json:"statement"`
	KeyID     string    `json:"key_id"`      // that signed the statement
	Person    string    `json:"person"`      // subject of the certificate
	Serial    string    `json:"certificate"` // its serial number, hexadecimal
	Stamped   time.Time `json:"stamped_at"`  // since when the signature exists, by the time-stamp
	Records   int64     `json:"log_size"`    // of the audit log at the checkpoint that has the record
	LoggedAt  time.Time `json:"logged_at"`
	Erased    bool      `json:"erased"` // the details of the record were erased, as the law asks when a person leaves
}

// VerifySignature checks the evidence of a signature with nothing but trust: the statement and the
// files that it binds; that the text on the phone is made of what was signed, and the control code
// bound to it; the signature itself, by the certificate of the person; its chain, at the time of the
// time-stamp; that stamp; the status of the certificate when it was validated; and the record in the
// audit log. Faults of kind Invalid say what does not hold: those of Verify, and "evidence.files",
// "evidence.content", "evidence.shown", "evidence.control", "evidence.person",
// "evidence.mobile_signature", "evidence.certificate", "evidence.status", "evidence.stamp", "evidence.log".
func VerifySignature(file []byte, trust Trust) (p Proven, err error) {
	files, err := unpack(file)
	if err != nil {
		return p, err
	}
	if p.Statement, p.KeyID, err = openStatement(string(files[FileStatement]), trust.Keys); err != nil {
		return p, err
	}
	x := &p.Statement
	if err := x.complete(files); err != nil {
		return p, err
	}
	command, err := x.check(files[FileContent])
	if err != nil {
		return p, err
	}
	if string(files[FileShown]) != x.Shown {
		return p, fault.Invalidf("evidence.shown", "The text in %s is not that of the statement.", FileShown)
	}
	leaf, chain, err := certificates(files)
	if err != nil {
		return p, err
	}
	p.Person, p.Serial = leaf.Subject.String(), leaf.SerialNumber.Text(16)
	if err := signedBy(leaf, &command, files); err != nil {
		return p, fault.Invalidf("evidence.mobile_signature", "The person's signature does not verify: %s.", err.Error()).WithCause(err)
	}
	if p.Stamped, err = checkStamp(files[FileStamp], files[FileRaw], trust.Roots, chain); err != nil {
		return p, err
	}
	issuer, err := x.issuerOf(leaf, chain, trust.Roots, p.Stamped)
	if err != nil {
		return p, err
	}
	if err := checkStatus(files, leaf, issuer, x.Validated); err != nil {
		return p, err
	}
	return p, p.logged(files, trust.Log)
}

// certificates reads the person's certificate and those of its issuers.
func certificates(files map[string][]byte) (leaf *x509.Certificate, chain []*x509.Certificate, err error) {
	bad := func(err error) error {
		return fault.Invalidf("evidence.certificate", "The certificates cannot be read.").WithCause(err)
	}
	all, err := readPEM(files[FileCertificate])
	if err != nil || len(all) != 1 {
		return nil, nil, bad(err)
	}
	if chain, err = readPEM(files[FileChain]); err != nil {
		return nil, nil, bad(err)
	}
	return all[0], chain, nil
}

func readPEM(text []byte) (all []*x509.Certificate, err error) {
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			return all, nil
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil || b.Type != "CERTIFICATE" {
			return nil, errors.Join(err, errors.New("a block is no certificate"))
		}
		all = append(all, c)
	}
}

// signedBy verifies the signature: over the signed attributes, or over the content's hash.
func signedBy(leaf *x509.Certificate, command *applet.Command, files map[string][]byte) error {
	digest := command.Digest()
	if command.Form == applet.Plain {
		return checkHash(leaf, digest, files[FileRaw])
	}
	c, err := readCMS(files[FileCMS])
	switch {
	case err != nil:
		return err
	case !c.contentType.Equal(oidData) || !c.signer.names(leaf):
		return errors.New("it is another one's, or over something else")
	case c.content != nil && string(c.content) != string(files[FileContent]):
		return errors.New("it has another content")
	case string(c.signer.Signature) != string(files[FileRaw]):
		return errors.New("the signature in the CMS is another one")
	}
	hash := command.Signed()
	if got := sha256.Sum256(append([]byte{0x31}, tail(c.signer.Attributes.FullBytes)...)); got != hash {
		return errors.New("its attributes are not those that the card was given")
	}
	_, err = c.verify(leaf, func(h crypto.Hash) []byte {
		if h != crypto.SHA256 {
			return nil
		}
		return digest[:]
	})
	return err
}

// tail is everything but the tag.
func tail(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b[1:]
}

// issuerOf verifies the chain of the person's certificate and that it is one for the role.
func (x *Statement) issuerOf(leaf *x509.Certificate, chain []*x509.Certificate, roots *x509.CertPool, at time.Time) (*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, c := range chain {
		between.AddCert(c)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || len(chains[0]) < 2 {
		return nil, fault.Invalidf("evidence.certificate", "The person's certificate was not good at that time, or is of another authority.").WithCause(err)
	}
	usage := x509.KeyUsageDigitalSignature
	if x.Role == applet.Signing.String() {
		usage = x509.KeyUsageContentCommitment
	}
	switch {
	case leaf.KeyUsage != usage:
		return nil, fault.Invalidf("evidence.certificate", "The person's certificate is not for signatures of the role %q.", x.Role)
	case leaf.Subject.SerialNumber != x.Person:
		return nil, fault.Invalidf("evidence.person", "The certificate is another person's.")
	}
	return chains[0][1], nil
}

// logged verifies that the audit log has the record of the signature, and that it is of this one.
func (p *Proven) logged(files map[string][]byte, key string) error {
	var proof audit.Proof
	if err := json.Unmarshal(files[FileAudit], &proof); err != nil {
		return unlogged("the proof cannot be read").WithCause(err)
	}
	head, err := audit.CheckProof(proof, key)
	if err != nil {
		return unlogged("the proof does not hold").WithCause(err)
	}
	if proof.Entry.Object != p.Statement.Record || proof.Entry.Kind != RecordSigned {
		return unlogged("the proof is of another record")
	}
	p.Records, p.LoggedAt, p.Erased = head.Size, proof.Entry.At, proof.Entry.Erased()
	var details struct {
		Signature string `json:"signature"`
	}
	if p.Erased {
		return nil
	}
	signature := sha256.Sum256(files[FileRaw])
	if err := json.Unmarshal(proof.Entry.Details, &details); err != nil || details.Signature != hex.EncodeToString(signature[:]) {
		return unlogged("the record is of another signature").WithCause(err)
	}
	return nil
}

func unlogged(why string) *fault.Error {
	return fault.Invalidf("evidence.log", "The audit log does not prove the signature: %s.", why)
}
