package app

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/countersign-auth/countersign/pskc"
)

// lookup returns an environment variable.
func (e *env) lookup(name string) (string, bool) {
	for _, kv := range e.environ {
		if k, v, _ := strings.Cut(kv, "="); k == name {
			return v, true
		}
	}
	return "", false
}

// jsonLine prints v as one line of JSON.
func (e *env) jsonLine(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.line(string(b))
}

// keysAndSigners adds the recipient's private key and verifies the signature, if
// asked for.
func (i *tokenImportCmd) keysAndSigners(e *env, o *pskc.Options) error {
	if i.RecipientFile != "" {
		key, err := readKey(i.RecipientFile)
		if err != nil {
			return err
		}
		o.Recipient = key
	}
	if i.Signers == "" {
		return nil
	}
	if i.File == "-" || !i.AllOrNothing && !i.DryRun {
		return hinted{errors.New("a signature is known to be good only at the end of the file"), "Import a signed file with --all-or-nothing, from a file."}
	}
	certificates, err := readCertificates(i.Signers)
	if err != nil {
		return err
	}
	f, err := os.Open(i.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	o.Signature = pskc.SignatureRequire
	o.Verified, err = pskc.VerifySignature(f, pskc.SignatureOptions{Certificates: certificates, At: e.now()})
	return err
}

// readKey reads an RSA private key from a PEM file (PKCS #8 or PKCS #1).
func readKey(name string) (crypto.Decrypter, error) {
	b, err := readFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", name)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s holds no unencrypted private key (PKCS #8 or PKCS #1)", name)
	}
	d, ok := key.(crypto.Decrypter)
	if !ok {
		return nil, fmt.Errorf("%s holds no RSA key", name)
	}
	return d, nil
}

// readCertificates reads all certificates of a PEM file.
func readCertificates(name string) (all []*x509.Certificate, err error) {
	rest, err := readFile(name)
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no certificate", name)
	}
	return all, nil
}
