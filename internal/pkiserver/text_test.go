package pkiserver_test

import (
	"encoding/base64"
	"net/url"
)

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func escaped(s string) string { return url.PathEscape(s) }
