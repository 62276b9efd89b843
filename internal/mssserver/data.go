package mssserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Media types of what is signed (FiCom, section 4.3). SHA-1 is not among them.
const (
	mimeText   = "text/plain"
	mimeOctets = "application/octet-stream"
	mimeSHA256 = "application/x-sha256"
)

// contents puts what is shown and what is signed into a request.
func contents(in *mobileid.Request, q *mss.SignatureRequest, p *provider.Provider, s signing) error {
	if !q.Data.Given || q.Data.Text == "" {
		return mss.Faultf(mss.MissingParam, mss.MissingData, "DataToBeSigned is missing.")
	}
	display, err := displayed(q.Display, p)
	if err != nil {
		return err
	}
	kind, err := kindOf(q.Data)
	if err != nil {
		return err
	}
	if s.digest && kind == mimeText {
		return mss.Faultf(mss.InappropriateData, mss.WrongEncoding, "This profile signs documents: DataToBeSigned is %s or %s.", mimeOctets, mimeSHA256)
	}
	in.Text = display
	if kind == mimeText {
		return text(in, q.Data, p)
	}
	if display == "" {
		return mss.Faultf(mss.MissingParam, mss.MissingDisplay, "A document cannot be shown: say in DataToBeDisplayed what it is.")
	}
	in.Content.Document, in.Content.MIME = true, kind
	in.Content.Digest, err = digestOf(kind, q.Data)
	return err
}

// text puts a text that is signed into a request: alone it is what is shown, too.
func text(in *mobileid.Request, d mss.Data, p *provider.Provider) error {
	t, err := decoded(d)
	switch {
	case err != nil:
		return err
	case utf8.RuneCountInString(t) > p.Content:
		return mss.Faultf(mss.WrongDataLength, 0, "DataToBeSigned has %d characters; at most %d are allowed.", utf8.RuneCountInString(t), p.Content)
	case in.Text == "":
		in.Text = t
	case in.Text != t:
		in.Content.Text = t
	}
	return nil
}

// displayed is the text of DataToBeDisplayed; "" when there is none.
func displayed(d mss.Data, p *provider.Provider) (string, error) {
	if !d.Given {
		return "", nil
	}
	kind, err := kindOf(d)
	if err != nil {
		return "", err
	}
	if kind != mimeText {
		return "", mss.Faultf(mss.WrongParam, mss.DisplayNotSupported, "Only text can be displayed.")
	}
	t, err := decoded(d)
	if err != nil {
		return "", err
	}
	if n, gsm := applet.Length(t); n > p.Display {
		what := "septets of the GSM alphabet, where some characters count as two"
		if !gsm {
			what = "characters of UCS-2"
		}
		return "", mss.Faultf(mss.WrongDataLength, 0, "DataToBeDisplayed has %d %s; at most %d are allowed.", n, what, p.Display)
	}
	return t, nil
}

// kindOf is the media type of data. Without one it is text.
func kindOf(d mss.Data) (string, error) {
	if d.MimeType == "" {
		return mimeText, nil
	}
	kind, _, err := mime.ParseMediaType(d.MimeType)
	if err != nil || kind != mimeText && kind != mimeOctets && kind != mimeSHA256 {
		return "", mss.Faultf(mss.WrongParam, mss.WrongEncoding, "MimeType is %s, %s or %s.", mimeText, mimeOctets, mimeSHA256)
	}
	return kind, nil
}

// decoded is data that is text.
func decoded(d mss.Data) (string, error) {
	switch strings.ToUpper(d.Encoding) {
	case "", "UTF-8", "UTF8":
		return d.Text, nil
	case "BASE64":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(d.Text), ""))
		if err == nil && utf8.Valid(b) {
			return string(b), nil
		}
	}
	return "", mss.Faultf(mss.WrongParam, mss.WrongEncoding, "Text is in UTF-8, as it is or in base64.")
}

// digestOf is the digest of a document, or the one that stands for it.
func digestOf(kind string, d mss.Data) (sum [32]byte, err error) {
	wrong := mss.Faultf(mss.WrongParam, mss.WrongEncoding, "A document is in base64; of %s there are 32 octets.", mimeSHA256)
	if e := strings.ToUpper(d.Encoding); e != "" && e != "BASE64" {
		return sum, wrong
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(d.Text), ""))
	if kind == mimeOctets {
		if err != nil || len(b) == 0 {
			return sum, wrong
		}
		return sha256.Sum256(b), nil
	}
	if h, e := hex.DecodeString(strings.TrimSpace(d.Text)); e == nil && len(h) == len(sum) {
		b, err = h, nil
	}
	if err != nil || len(b) != len(sum) {
		return sum, wrong
	}
	return [32]byte(b), nil
}
