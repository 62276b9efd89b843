package mobiletoken

import (
	"net/url"

	"github.com/countersign-auth/countersign/dskpp"
)

// Handout is what an activation code looks like when it is handed over.
type Handout struct {
	// Code is to be typed: with check digits, in groups (dskpp.Code.Human). Of a split
	// password it has the ClientID and the first half; the second half is appended to the
	// password by the device. "" when nothing is shown.
	Code string
	Part int // 0: all of it; 1: the first half, and the device asks for the second
	// Link opens the application with the code in it, and is what the QR code says. "" when
	// there is nothing that it could open, or nothing is shown.
	Link string
}

// Handout returns what is shown of a new code. base is the address of the face for mobile
// tokens, without a slash at the end, and "" when there is none.
//
// An application with a scheme of its own is opened by SCHEME://activate?c=CODE; the one in
// browsers by BASE/app/APPLICATION/#c=CODE, whose code no server sees. &part=1 follows when
// the code has the first half of the password only.
func (i Issued) Handout(base string) Handout {
	if i.Password == "" {
		return Handout{}
	}
	code := dskpp.Code{ClientID: i.ClientID, Password: i.Password}
	out, c := Handout{Code: code.Human()}, "c="+code.String()
	if i.Split {
		out.Part = 1
		c += "&part=1"
	}
	switch {
	case i.Scheme != "":
		out.Link = i.Scheme + "://activate?" + c
	case base != "":
		out.Link = base + "/app/" + url.PathEscape(i.Application) + "/#" + c
	}
	return out
}
