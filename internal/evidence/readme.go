package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/ota/applet"
)

// readme says how to check the files with openssl, by commands that can be copied. The file issuer
// begins with the certificate of the authority that has issued the person's.
func (s *Signature) readme(issuer string) string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	digest := sha256.Sum256(s.Signature)
	at := strconv.FormatInt(s.Validated.Unix(), 10)
	line("Evidence of a signature that a person made on the SIM card of their phone.")
	line("")
	line("%s says what it is about, signed by the server, and has the SHA-256 of every other file.", FileStatement)
	line("%s is what the phone showed. %s is the proof that the server's audit log has the record.", FileShown, FileAudit)
	line("All of it at once:    countersign evidence verify FILE --jwks keys.json --ca root.pem --log-key log.key")
	line("")
	line("With openssl, where root.pem is the certificate of the authority that you trust:")
	line("")
	line("    cat %s root.pem > ca.pem", FileChain)
	line("")
	line("The signature:")
	switch {
	case s.Form == applet.Plain && s.Document:
		line("    openssl x509 -in %s -pubkey -noout -out public.pem", FileCertificate)
		line("    openssl dgst -sha256 -verify public.pem -signature %s DOCUMENT", FileRaw)
	case s.Form == applet.Plain:
		line("    openssl x509 -in %s -pubkey -noout -out public.pem", FileCertificate)
		line("    openssl dgst -sha256 -verify public.pem -signature %s %s", FileRaw, FileContent)
	case s.Document:
		line("    openssl cms -verify -binary -inform DER -in %s -content DOCUMENT -CAfile ca.pem -purpose any -attime %s -out checked", FileCMS, at)
	default:
		line("    openssl cms -verify -binary -inform DER -in %s -content %s -CAfile ca.pem -purpose any -attime %s -out checked", FileCMS, FileContent, at)
	}
	line("The time-stamp, which is over the SHA-256 of %s:", FileRaw)
	line("    openssl ts -verify -token_in -in %s -digest %s -CAfile ca.pem -attime %s", FileStamp, hex.EncodeToString(digest[:]), at)
	line("The status of the certificate:")
	if name := statusFile(s.Status); name == FileCRL {
		line("    openssl crl -inform DER -in %s -noout -text", name)
	} else {
		line("    openssl ocsp -respin %s -issuer %s -cert %s -CAfile ca.pem -attime %s -validity_period 3153600000", name, issuer, FileCertificate, at)
	}
	return b.String()
}
