package evidence

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Files of the evidence of a signature. It is a ZIP file, so that what is in it can be looked
// at, and given to openssl, with what every computer has.
const (
	FileReadme      = "README.txt"      // how to check the others with openssl
	FileStatement   = "statement.jws"   // Statement
	FileShown       = "shown.txt"       // what the phone showed
	FileContent     = "content.bin"     // what was signed; not of a document
	FileCMS         = "signature.p7s"   // CMS SignedData (RFC 5652), DER
	FileRaw         = "signature.bin"   // as the card made it
	FileCertificate = "certificate.pem" // of the person's key
	FileChain       = "chain.pem"       // of its issuers
	FileOCSP        = "ocsp.der"        // status of the certificate (RFC 6960); or
	FileCRL         = "status.crl"      // the same, as a CRL (RFC 5280), DER
	FileStamp       = "stamp.tst"       // time-stamp token (RFC 3161) over SHA-256 of FileRaw, DER
	FileAudit       = "audit.json"      // proof that the audit log has the record of the signature
)

// known are the files that evidence may have.
func known() []string {
	return []string{FileReadme, FileStatement, FileShown, FileContent, FileCMS, FileRaw, FileCertificate, FileChain, FileOCSP, FileCRL, FileStamp, FileAudit}
}

// MaxContainer bounds evidence of a signature, in bytes; unpacked, too. A CRL takes the most.
const MaxContainer = 16 << 20

// IsContainer reports whether a file may be the evidence of a signature, and is no assertion.
func IsContainer(file []byte) bool { return bytes.HasPrefix(file, []byte("PK\x03\x04")) }

// pack writes files as a ZIP file: the same files give the same octets.
func pack(files map[string][]byte, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at.UTC().Truncate(time.Second)})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("evidence: %s: %w", name, err)
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

// unpack reads a ZIP file that has known files only, each once.
func unpack(file []byte) (map[string][]byte, error) {
	if len(file) > MaxContainer {
		return nil, damaged("it is larger than 16 MiB")
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, damaged("it is no ZIP file").WithCause(err)
	}
	files, left := map[string][]byte{}, int64(MaxContainer)
	for _, f := range z.File {
		if _, twice := files[f.Name]; twice || !slices.Contains(known(), f.Name) {
			return nil, damaged(fmt.Sprintf("%.40q does not belong into it, or is there twice", f.Name))
		}
		content, err := inflate(f, left)
		if err != nil {
			return nil, damaged(f.Name + " cannot be read").WithCause(err)
		}
		files[f.Name] = content
		left -= int64(len(content))
	}
	return files, nil
}

func inflate(f *zip.File, most int64) (content []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	content, err = io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(content)) > most {
		err = errors.New("too large")
	}
	return content, err
}

// complete makes sure that the files are those that the statement binds, and no others.
func (x *Statement) complete(files map[string][]byte) error {
	if len(files) != len(x.Files)+1 {
		return fault.Invalidf("evidence.files", "The evidence has %d files besides its statement, which speaks of %d.", len(files)-1, len(x.Files))
	}
	for name, sum := range x.Files {
		content, there := files[name]
		switch {
		case !there:
			return fault.Invalidf("evidence.files", "The file %.40q is missing.", name)
		case hexSum(content) != sum:
			return fault.Invalidf("evidence.files", "The file %.40q was changed after the evidence was made.", name)
		}
	}
	return nil
}

func damaged(why string) *fault.Error {
	return fault.Invalidf("evidence.malformed", "This is no evidence of a signature: %s.", why)
}
